import type { Failover } from '#channels/failover.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';
import { sendQueue } from '#workflows/contract.ts';
import type { RunWorld } from './run-world.ts';
import { wayOf } from './send-request.ts';

interface RoutingDeps {
  messages: Collections['messages'];
  failover: Failover;
  /** Whether somebody has set this provider's rate. */
  isSet: (provider: string) => boolean;
  /** Whether what this template says is owed to somebody. */
  isOwed: (template: string) => Promise<boolean>;
}

/**
 * Over which queue a message goes: that of the provider which would be called for it. Where a channel
 * has several, of which one is paced, the message's entry is read for those that refused it. What is
 * owed to somebody has a lane of its own there, so that it waits behind nothing else.
 */
export function createSendRouting({
  messages,
  failover,
  isSet,
  isOwed,
}: RoutingDeps): Pick<RunWorld, 'sendQueue' | 'isPaced'> {
  return {
    isPaced: (channel) => isSet(failover.next(channel).name),
    async sendQueue(channel: Channel, messageId, template) {
      const line = failover.line(channel);
      const isAsked = line.length > 1 && line.some(isSet);
      const seen = isAsked ? await messages.findOne({ _id: messageId }) : null;
      const { stays, avoid } = wayOf(failover, channel, seen);
      const { name } = stays ?? failover.next(channel, avoid);
      const isFirst = template !== undefined && isSet(name) && (await isOwed(template));
      return sendQueue(name, isFirst ? 'owed' : 'others');
    },
  };
}
