import { z } from 'zod';
import { matchesWhere, Where } from '#domain/condition/where.ts';
import type { Fault } from '#domain/errors.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import { EventName } from '#domain/journey/words.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';

/** Things one address listens to; more is everything. */
const LISTENS_MAX = 100;
/** Stands for events of every name. */
const EVERYTHING = '*';

const EventListen = z.strictObject({
  event: z.union([z.literal(EVERYTHING), EventName]).describe('`*` is every event.'),
  where: Where.optional(),
});

const SegmentListen = z.strictObject({
  segment: z.union(
    [z.strictObject({ enters: SegmentKey }), z.strictObject({ leaves: SegmentKey })],
    { error: 'Write { enters: KEY } or { leaves: KEY }, the key of a segment.' },
  ),
});

/** One thing that is listened to, in the words of a journey's entry. */
const Listen = z.union([EventListen, SegmentListen]);
type Listen = z.infer<typeof Listen>;

const WHAT = 'Say what it listens to, such as [{ event: Order Completed }].';

/** What every kind of endpoint says. */
export const LISTENING = {
  description: z.string().trim().max(2_000).optional(),
  listens: z.array(Listen, { error: WHAT }).min(1, WHAT).max(LISTENS_MAX),
  imported: z
    .boolean()
    .default(false)
    .describe('Whether events of an import are told, too: a history may be millions.'),
};

/** What of an event decides whether it is heard. */
export type Heard = Pick<
  StoredEvent,
  '_id' | 'name' | 'source' | 'occurredAt' | 'properties' | 'context'
>;

/** Whether an event is the one that is listened to. */
export function isMeant(listen: Listen, event: Heard): boolean {
  if ('segment' in listen) return isWayOf(listen.segment, event);
  if (listen.event !== EVERYTHING && listen.event !== event.name) return false;
  return matchesWhere(listen.where, event);
}

/** Only Kairos itself knows who came in and went out: anybody may send events of these names. */
function isWayOf(
  way: z.infer<typeof SegmentListen>['segment'],
  { name, source, properties }: Heard,
): boolean {
  const [key, told] = 'enters' in way ? [way.enters, SEGMENT_ENTERED] : [way.leaves, SEGMENT_LEFT];
  return source === 'kairos' && name === told && properties.segment === key;
}

/**
 * What may be meant otherwise in what is listened to: segments that are not there, so that nobody
 * comes into or goes out of them. `known` are the keys of all segments there are.
 */
export function warnListens(listens: readonly Listen[], known: readonly string[]): Fault[] {
  return listens.flatMap((listen, at) => {
    if (!('segment' in listen)) return [];
    const [way, key] = Object.entries(listen.segment)[0] ?? ['', ''];
    if (known.includes(key)) return [];
    const detail = `There is no segment "${key}" yet, so nothing is told of it until there is.${didYouMean(key, known)}`;
    return [{ pointer: `#/listens/${String(at)}/segment/${way}`, detail }];
  });
}
