import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import { ChannelWord, Span } from '#domain/journey/words.ts';

/** Each channel once, and room for some of them twice, as in a journey. */
const CASCADE_MAX = 10;

/** Where something is to be sent: in one channel, or in several until it reaches. */
export const WantedChannels = z.strictObject({
  channel: ChannelWord.optional(),
  cascade: z
    .array(z.strictObject({ channel: ChannelWord, patience: Span.optional() }))
    .min(1)
    .max(CASCADE_MAX)
    .optional()
    .describe('Channels in order, each with its patience, as in a journey.'),
  until: z
    .enum(['delivered', 'opened', 'clicked'])
    .optional()
    .describe('When a cascade has reached somebody; `delivered` when nothing is said.'),
});
export type WantedChannels = z.infer<typeof WantedChannels>;

/** What is wrong with channels that are each written as they must be. */
export function channelFaults({ channel, cascade, until }: WantedChannels): Fault[] {
  const faults: Fault[] = [];
  if ((channel === undefined) === (cascade === undefined)) {
    const detail = 'Say either one "channel", or a "cascade" of channels to try in order.';
    faults.push({ pointer: '#/channel', detail });
  }
  if (cascade === undefined && until !== undefined) {
    const detail = '"until" belongs to a cascade: a single message is done when it is taken.';
    faults.push({ pointer: '#/until', detail });
  }
  return faults;
}

/** Every channel that may be sent in, with where it was named. */
export function channelsNamed({
  channel,
  cascade,
}: WantedChannels): { channel: z.infer<typeof ChannelWord>; pointer: string }[] {
  if (cascade === undefined)
    return channel === undefined ? [] : [{ channel, pointer: '#/channel' }];
  return cascade.map((one, index) => ({
    channel: one.channel,
    pointer: `#/cascade/${String(index)}/channel`,
  }));
}
