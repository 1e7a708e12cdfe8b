import type { Saved } from '#domain/journey/run.ts';
import { addressOf } from '#domain/message/address.ts';
import type { Channel } from '#domain/message/message.ts';
import { savedBy, type ChannelCosts, type Spared } from '#domain/message/saved-by.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { languagesOf } from '#templates/prepare-template.ts';
import { gateFacts } from './gate-facts.ts';
import { createSendReads, type SendDeps, type SendRequest } from './send-request.ts';

/** Messages that one person did not have to be sent any more. */
export interface SparedAsk {
  person: Profile | null;
  /** The journey they are of, or what stands for one, and what it says to the gate. */
  of: Pick<SendRequest, 'journey' | 'gate'>;
  spared: readonly { channel: Channel; template: string }[];
}

/** What sending them as well would have cost; asks the gate, and never about whom it would not reach. */
export type ReckonSaved = (ask: SparedAsk) => Promise<Saved>;

/**
 * Asks the gate of each what it would have said, by the person, the shop's settings and the lists as
 * they are now; caps and the other messages of the person are not looked at. Journeys and campaigns
 * may ask alike.
 */
export function createReckonSaved(
  deps: Pick<
    SendDeps,
    'collections' | 'templates' | 'gateSettings' | 'orders' | 'settings' | 'clock'
  >,
  costs: ChannelCosts,
): ReckonSaved {
  const reads = createSendReads(deps.collections);
  return async ({ person, of, spared }) => {
    if (person === null) return { channels: [], micros: 0 };
    const asked = spared.map(async ({ channel, template: key }): Promise<Spared[]> => {
      const template = await deps.templates(key);
      if (template === null) return [];
      const to = addressOf(person, channel);
      const standing =
        to === null ? null : await reads.suppression(channel, hashAddress(channel, to));
      const read = {
        profile: person,
        template,
        runEnded: false,
        hasAddress: to !== null,
        standing,
      };
      // A message has an id for its slots, which nobody looks at here.
      const request = { ...of, messageId: '', channel, template: key };
      const facts = await gateFacts({ deps, reads, request }, read);
      return [{ channel, hasContent: languagesOf(template, channel).length > 0, facts }];
    });
    return savedBy((await Promise.all(asked)).flat(), costs);
  };
}
