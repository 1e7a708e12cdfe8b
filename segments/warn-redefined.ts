import type { Fault } from '#domain/errors.ts';
import { isEndedBy, isMovedBy } from '#domain/journey/segment-ways.ts';
import { segmentsRead } from '#domain/segment/catalogue.ts';
import type { Collections } from '#platform/mongo.ts';
import { earlierUnderWay, journeysUnderWay } from './journeys-under-way.ts';

/** Journeys named in one answer; of more it is said that there are. */
const NAMED_MAX = 10;

/**
 * What whoever gave a segment another meaning is to know: the journeys that begin or end runs by it,
 * or by one that reads it, do not do so for those whom the change itself brings in or out.
 */
export async function warnRedefined(
  c: Pick<Collections, 'segments' | 'journeys' | 'journeyVersions' | 'runs'>,
  key: string,
): Promise<Fault[]> {
  const rows = await c.segments.find({ condition: { $ne: null } }).toArray();
  const meant = new Set([key]);
  // Those that read it, those that read these, and so on: a set takes in what is added meanwhile.
  for (const one of meant) {
    for (const { _id, condition } of rows) {
      if (condition !== null && segmentsRead(condition).includes(one)) meant.add(_id);
    }
  }
  const inForce = await journeysUnderWay(c);
  // Nobody comes in by an earlier version, but who is in one is led by it to the end.
  const earlier = await earlierUnderWay(c, (journey) => isEndedBy(journey, meant));
  const moved = [...inForce.filter((journey) => isMovedBy(journey, meant)), ...earlier];
  if (moved.length === 0) return [];
  const keys = [...new Set(moved.map((journey) => `"${journey.key}"`))];
  const names = keys.slice(0, NAMED_MAX);
  const more = keys.length > NAMED_MAX ? ' and others' : '';
  const detail = `Runs of ${names.join(', ')}${more} begin or end by this segment. Whoever comes into it or goes out of it by this change begins none and ends none: runs under way go on, also of those who are in it no longer. Where these are to end, stop the journey.`;
  return [{ pointer: '#/condition', detail }];
}
