import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { wasAccepted } from '#domain/message/status.ts';
import type { Collections } from '#platform/mongo.ts';

/** Which messages are counted. */
interface Asked {
  profileId: string;
  template: string;
  /** Epoch ms. */
  since: number;
  /** The message that is about to go out does not count. */
  messageId: string;
  /** Counted no further. */
  max: number;
}

export type TimesSent = (asked: Asked) => Promise<number>;

/** Taken by a provider, and not sent back. */
const ARRIVED = MESSAGE_STATUSES.filter((status) => wasAccepted(status) && status !== 'bounced');

/** How often a customer got messages of a template: read over the index of their messages. */
export function createTimesSent({ messages }: Pick<Collections, 'messages'>): TimesSent {
  return ({ profileId, template, since, messageId, max }) =>
    messages.countDocuments(
      {
        ...{ profileId, template, _id: { $ne: messageId } },
        createdAt: { $gte: since },
        status: { $in: ARRIVED },
      },
      { limit: max },
    );
}
