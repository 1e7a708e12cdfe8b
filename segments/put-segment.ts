import { DomainError, invalid } from '#domain/errors.ts';
import { checkSegment } from '#domain/segment/check-segment.ts';
import { isContextual, type Definitions } from '#domain/segment/is-contextual.ts';
import type { Segment } from '#domain/segment/segment.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { Fenced, inTransaction, type Session } from '#platform/transaction.ts';
import { nextGeneration, noteRemoved } from './next-generation.ts';

/** Every segment is asked about with events that may change it: more want another tool. */
const SEGMENTS_MAX = 1_000;

/** How often a definition that met another is tried again: each time somebody else's went through. */
const TRIES_MAX = 5;

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
  /** Members were kept of it until now, and are no longer: profiles must forget it. */
  isForgotten: boolean;
}

/**
 * Makes or changes a segment; a change of name alone changes nobody's membership.
 * @throws DomainError `invalid` with every fault; `conflict` when there are too many.
 */
export async function putSegment(
  { client, collections: c }: Pick<Mongo, 'client' | 'collections'>,
  definition: Definition,
): Promise<PutSegment> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await inTransaction(client, (session) => putWithin(c, definition, session));
    } catch (error) {
      if (!(error instanceof Fenced) || tried >= TRIES_MAX) throw error;
    }
  }
}

async function putWithin(
  c: Pick<Collections, 'segments' | 'settings'>,
  definition: Definition,
  session: Session,
): Promise<PutSegment> {
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
  if (before !== undefined && isSame(before, stored)) {
    const renamed = { ...stored, generation: before.generation };
    await c.segments.replaceOne({ _id: key }, renamed, { session });
    return { segment: renamed, created: false, isForgotten: false };
  }
  const generation = await nextGeneration(c, session);
  const isFilling = stored.isKept && stored.condition !== null;
  const fresh = { ...stored, generation, filledAt: isFilling ? null : at, filling: null };
  await c.segments.replaceOne({ _id: key }, fresh, { session, upsert: true });
  const isForgotten = before?.isKept === true && !fresh.isKept;
  if (isForgotten) await noteRemoved(c, { key, generation }, session);
  return { segment: fresh, created: before === undefined, isForgotten };
}

function storedAs(
  { key, segment, at }: Definition,
  before: StoredSegment | undefined,
  definitions: Definitions,
): StoredSegment {
  const { condition, params } =
    'condition' in segment
      ? { condition: segment.condition, params: segment.params ?? [] }
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

/** Whether nobody's membership can differ: only its words do. */
function isSame(before: StoredSegment, after: StoredSegment): boolean {
  const meaning = ({ condition, params, isKept }: StoredSegment): string =>
    JSON.stringify([condition, params, isKept]);
  return meaning(before) === meaning(after);
}
