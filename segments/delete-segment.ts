import { DomainError } from '#domain/errors.ts';
import { segmentsRead } from '#domain/segment/catalogue.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { audited } from '#platform/audit.ts';
import type { Session } from '#platform/transaction.ts';
import { journeysUnderWay } from './journeys-under-way.ts';
import { nextGeneration, noteRemoved } from './next-generation.ts';
import { segmentDeed } from './put-segment.ts';
import { unknownSegment } from './read-segment.ts';

/** Names of what is in the way, in one sentence. */
const NAMED_MAX = 10;

/** Who else wants a segment, in a few words each; asked within the transaction that removes it. */
type SegmentUsers = (key: string, session: Session) => Promise<string[]>;

/**
 * Removes a segment; whoever was in it is in it no more, without an event. Answers the generation
 * of the removal, with which profiles forget it. `at` in epoch ms.
 * @throws DomainError `not-found`; `conflict` when a live journey or another segment names it, or
 * one of the `others`.
 */
export async function deleteSegment(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  key: string,
  at: number,
  others: SegmentUsers,
): Promise<number> {
  const c = mongo.collections;
  return audited(mongo, async (session) => {
    // Counted first, so that nobody can define one that reads it meanwhile.
    const generation = await nextGeneration(c, session);
    const segment = await c.segments.findOneAndDelete({ _id: key }, { session });
    if (segment === null) throw unknownSegment();
    const users = [
      ...(await readers(c, key, session)),
      ...(await journeys(c, key, session)),
      ...(await others(key, session)),
    ];
    if (users.length === 0) {
      await noteRemoved(c, { key, generation }, session);
      await c.segmentSizes.deleteMany({ segment: key }, { session });
      return { result: generation, deed: segmentDeed(segment, null, at) };
    }
    const more = users.length > NAMED_MAX ? ' and others' : '';
    throw new DomainError(
      'conflict',
      `This segment is in use by ${users.slice(0, NAMED_MAX).join(', ')}${more}. Change or stop these first.`,
    );
  });
}

async function readers(
  { segments }: Pick<Collections, 'segments'>,
  key: string,
  session: Session,
): Promise<string[]> {
  const others = await segments.find({ condition: { $ne: null } }, { session }).toArray();
  return others
    .filter(({ condition }) => condition !== null && segmentsRead(condition).includes(key))
    .map(({ _id }) => `the segment "${_id}"`);
}

async function journeys(
  c: Pick<Collections, 'journeys' | 'journeyVersions'>,
  key: string,
  session: Session,
): Promise<string[]> {
  const found = await journeysUnderWay(c, session);
  return found
    .filter((journey) => names(journey, key))
    .map((journey) => `the journey "${journey.key}"`);
}

/** Whether anything in a definition says `segment: key`, or `segment: { enters: key }`. */
function names(part: unknown, key: string): boolean {
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(([name, value]: [string, unknown]) => {
    if (name !== 'segment') return names(value, key);
    return (
      value === key ||
      (typeof value === 'object' && value !== null && Object.values(value).includes(key))
    );
  });
}
