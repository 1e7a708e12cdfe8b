import { DomainError, invalid } from '#domain/errors.ts';
import { checkRoom } from '#domain/segment/check-room.ts';
import { checkSegment } from '#domain/segment/check-segment.ts';
import { isContextual, type Definitions } from '#domain/segment/is-contextual.ts';
import type { ConditionSegment, Segment } from '#domain/segment/segment.ts';
import { paramsOfCondition } from '#domain/segment/warn-segment.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { Session } from '#platform/transaction.ts';
import { nextGeneration, noteRemoved } from './next-generation.ts';

/** Every segment is asked about with events that may change it: more want another tool. */
const SEGMENTS_MAX = 1_000;

interface Definition {
  key: string;
  segment: Segment;
  /** Epoch ms. */
  at: number;
}

/** What came of it. */
export interface PutSegment {
  segment: StoredSegment;
  created: boolean;
  /** It was there and means something else now: others may be in it. */
  isRedefined: boolean;
  /** Members were kept of it until now, and are no longer: profiles must forget it. */
  isForgotten: boolean;
}

/**
 * Makes or changes a segment; a change of name alone changes nobody's membership.
 * @throws DomainError `invalid` with every fault; `conflict` when there are too many.
 */
export async function putSegment(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  definition: Definition,
): Promise<PutSegment> {
  return audited(mongo, (session) => putWithin(mongo.collections, definition, session));
}

async function putWithin(
  c: Pick<Collections, 'segments' | 'settings'>,
  definition: Definition,
  session: Session,
): Promise<{ result: PutSegment; deed: Deed }> {
  const { key, segment, at } = definition;
  const known = await c.segments.find({}, { session }).toArray();
  const before = known.find(({ _id }) => _id === key);
  if (before === undefined && known.length >= SEGMENTS_MAX) {
    throw new DomainError('conflict', `There are ${String(SEGMENTS_MAX)} segments already.`);
  }
  const definitions = new Map(known.map(({ _id, condition }) => [_id, condition]));
  const faults = checkSegment(key, segment, definitions);
  if (faults.length > 0) throw invalid('The segment cannot be kept like this.', faults);
  const stored = storedAs(definition, before, definitions);
  refuseWithoutRoom(stored, known);
  if (before !== undefined && isSame(before, stored)) {
    const renamed = { ...stored, generation: before.generation };
    await c.segments.replaceOne({ _id: key }, renamed, { session });
    const result = { segment: renamed, created: false, isRedefined: false, isForgotten: false };
    return { result, deed: segmentDeed(before, renamed, at) };
  }
  const generation = await nextGeneration(c, session);
  const isFilling = stored.isKept && stored.condition !== null;
  const fresh = { ...stored, generation, filledAt: isFilling ? null : at, filling: null };
  await c.segments.replaceOne({ _id: key }, fresh, { session, upsert: true });
  const isForgotten = before?.isKept === true && !fresh.isKept;
  if (isForgotten) await noteRemoved(c, { key, generation }, session);
  const isRedefined = before !== undefined;
  const result = { segment: fresh, created: !isRedefined, isRedefined, isForgotten };
  return { result, deed: segmentDeed(before ?? null, fresh, at) };
}

/** @throws DomainError `invalid` where profiles might have no room for what it counts. */
function refuseWithoutRoom(stored: StoredSegment, known: readonly StoredSegment[]): void {
  const kept = known.filter(({ isKept }) => isKept);
  const others = kept.filter(({ _id }) => _id !== stored._id).map(({ condition }) => condition);
  const before = kept.find(({ _id }) => _id === stored._id)?.condition ?? null;
  const faults = checkRoom(others, { before, after: stored.isKept ? stored.condition : null });
  if (faults.length > 0) throw invalid('There is no room for what the segment counts.', faults);
}

/** What is written down of a segment made, changed or removed. */
export function segmentDeed(
  before: StoredSegment | null,
  after: StoredSegment | null,
  at: number,
): Deed {
  const shown = ({ name, description, condition, params }: StoredSegment): object => ({
    ...{ name, description, condition, params },
  });
  return {
    at,
    what: after === null ? 'segmentDeleted' : 'segmentStored',
    ids: { segment: (after ?? before)?._id ?? '' },
    before: before && shown(before),
    after: after && shown(after),
  };
}

function storedAs(
  { key, segment, at }: Definition,
  before: StoredSegment | undefined,
  definitions: Definitions,
): StoredSegment {
  const { condition, params } =
    'condition' in segment
      ? { condition: segment.condition, params: paramsNamed(segment) }
      : { condition: null, params: [] };
  const fresh = { generation: 0, filledAt: null, filling: null, createdAt: at };
  const { generation, filledAt, filling, createdAt } = before ?? fresh;
  return {
    _id: key,
    name: segment.name,
    ...(segment.description === undefined ? {} : { description: segment.description }),
    condition,
    params,
    isKept: condition === null || !isContextual(condition, definitions),
    ...{ generation, filledAt, filling, createdAt, updatedAt: at },
  };
}

/** Those it was said to have, and those its condition speaks of all the same. */
function paramsNamed({ condition, params = [] }: ConditionSegment): string[] {
  return [...new Set([...params, ...paramsOfCondition(condition)])];
}

/** Whether nobody's membership can differ: only its words do. */
function isSame(before: StoredSegment, after: StoredSegment): boolean {
  const meaning = ({ condition, params, isKept }: StoredSegment): string =>
    JSON.stringify([condition, params, isKept]);
  return meaning(before) === meaning(after);
}
