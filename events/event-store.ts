import type { Filter, FindCursor, UpdateFilter } from 'mongodb';
import { pastEvent } from '#domain/apply/past-event.ts';
import type { PastEvent } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { heldBytes, onlyAt, projectable, type LookBacks } from '#domain/event/look-back.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { eventRef } from '#platform/hash.ts';
import { TooMuchToHold } from '#platform/in-parts.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import type { Collections } from '#platform/mongo.ts';
import type { EventRetention } from '#platform/retention.ts';

/** Past events of one name looked at for one profile: counted windows need no more. */
const PAST_EVENTS_MAX = 10_000;

/** Events of a look back that come over in one answer, where they are small; else fewer do. */
const PAST_PAGE = 2_000;

/** Events of a look back read at once: nearly always all there are, in one answer. */
const LOOK_BACK_PAGE = 100;

export type PastEvents = Map<string, Map<string, PastEvent[]>>;

/** Ids of events whose changes are written in the same transaction. */
export interface Applied {
  toTell: readonly string[];
  settled: readonly string[];
  /** Epoch ms by which they were folded. */
  at: number;
}

/** The event log, from accepted to routed. */
export interface EventStore {
  /**
   * What is not yet applied, or applied and not yet routed, in the order of application; of what was
   * received at `since` (epoch ms; absent: ever) or later. No more than `limit`, nor than 16 MB.
   */
  pending(
    partitions: readonly number[],
    state: 'accepted' | 'applied',
    look: { since?: number; limit: number },
  ): Promise<StoredEvent[]>;
  /** Events by id, in no order; those that expired are not among them. */
  byIds(ids: readonly string[]): Promise<StoredEvent[]>;
  /** Events by the references that runs were told. */
  byRefs(refs: readonly string[]): Promise<StoredEvent[]>;
  /**
   * A reference by which runs may be told of an event: a caller's own messageId could hold an
   * address, and what Temporal is told stays there.
   */
  refer(id: string): Promise<string>;
  /**
   * Applied events of these profiles by name, each with nothing but what is asked for.
   * @throws TooMuchToHold where they would take more than so many bytes; platform/in-parts.ts.
   */
  past(profileIds: readonly string[], asked: LookBacks, bytesMax?: number): Promise<PastEvents>;
  /**
   * Applied events of one profile received at or after an instant (epoch ms), in order; read page
   * by page, so that whoever finds what they look for reads no further.
   */
  receivedSince(
    profileId: string,
    names: readonly string[],
    since: number,
  ): AsyncIterable<StoredEvent>;
  /** Gives queued events to the profile that theirs was merged into. */
  rehome(from: string, to: { profileId: string; partition: number }): Promise<void>;
  /**
   * `settled` are those of the applied ones that concern no run: nobody has to be told of them.
   * Fails with Fenced unless each was still `accepted`.
   */
  markApplied(applied: Applied, session: Session): Promise<void>;
  /** Notes why these changed nothing, each with its code, in the transaction that applies them. */
  refuse(refused: readonly { id: string; fault: string }[], session: Session): Promise<void>;
  markRouted(ids: readonly string[]): Promise<void>;
  /** Those of some ids that are of events already. */
  known(ids: readonly string[]): Promise<Set<string>>;
  /** Accepts what Kairos itself has to tell, with the changes that it tells of. */
  tell(told: readonly StoredEvent[], session: Session): Promise<void>;
  /**
   * Those of some profiles of whom an event is accepted and not applied yet, of the events received
   * at or after an instant (epoch ms), and not after another.
   */
  waitingFor(profileIds: readonly string[], since: number, until?: number): Promise<Set<string>>;
  /** Whether a receipt of this message was accepted and is not applied yet. */
  isReceiptQueued(profileId: string, messageId: string): Promise<boolean>;
  /** Deletes events of somebody who was erased; safe to repeat. */
  drop(ids: readonly string[]): Promise<void>;
  /** Sets an event aside that cannot be applied, with a code; it is never dropped. */
  setAside(id: string, fault: string): Promise<void>;
}

const ROUTED: UpdateFilter<StoredEvent> = { $set: { state: 'routed' }, $unset: { pending: '' } };

export function createEventStore(
  { events }: Pick<Collections, 'events'>,
  retention: Pick<EventRetention, 'expiryOf'>,
): EventStore {
  return {
    pending: (partitions, state, { since = 0, limit }) => {
      const where = { partition: { $in: [...partitions] }, receivedAt: { $gte: since } };
      const waiting = events.find({ ...where, pending: true, state }).hint('pending');
      return firstAnswer(waiting.sort({ receivedAt: 1, place: 1 }).limit(limit).batchSize(limit));
    },
    async refer(id) {
      const ref = eventRef(id);
      await events.updateOne({ _id: id }, { $set: { ref } });
      return ref;
    },
    byIds: (ids) => events.find({ _id: { $in: [...ids] } }).toArray(),
    byRefs: (refs) =>
      events
        .find({ ref: { $in: [...refs] } })
        .sort({ receivedAt: 1, place: 1 })
        .toArray(),
    past: (ids, asked, bytesMax) => readPast(events, ids, { asked, bytesMax }),
    receivedSince: (profileId, names, since) =>
      events
        .find({
          profileId,
          name: { $in: [...names] },
          receivedAt: { $gte: since },
          state: { $ne: 'accepted' },
        })
        .sort({ receivedAt: 1, place: 1 })
        .batchSize(LOOK_BACK_PAGE),
    async rehome(from, to) {
      await events.updateMany({ profileId: from, state: 'accepted' }, { $set: to });
    },
    async markApplied({ toTell, settled, at: appliedAt }, session) {
      const toApplied = { $set: { state: 'applied' as const, appliedAt } };
      const toRouted = { ...ROUTED, $set: { state: 'routed' as const, appliedAt } };
      const applied = await moveOn(events, toTell, toApplied, session);
      const routed = await moveOn(events, settled, toRouted, session);
      if (applied + routed !== toTell.length + settled.length) throw new Fenced('events');
    },
    async tell(told, session) {
      if (told.length === 0) return;
      await events.insertMany(
        told.map((event) => expiring(event, retention)),
        { session },
      );
    },
    async known(ids) {
      if (ids.length === 0) return new Set();
      const found = events.find({ _id: { $in: [...ids] } }).project<{ _id: string }>({ _id: 1 });
      return new Set((await found.toArray()).map(({ _id }) => _id));
    },
    async waitingFor(profileIds, since, until = Infinity) {
      if (profileIds.length === 0) return new Set();
      const profileId = { $in: [...profileIds] };
      const receivedAt = { $gte: since, $lte: until };
      const queued = { profileId, receivedAt, state: 'accepted' } as const;
      return new Set(await events.distinct('profileId', queued));
    },
    isReceiptQueued: (profileId, messageId) => isReceiptQueued(events, profileId, messageId),
    async markRouted(ids) {
      await events.updateMany({ _id: { $in: [...ids] } }, ROUTED);
    },
    ...faults(events),
  };
}

/** What is written of events that change nothing. */
function faults(events: Collections['events']): Pick<EventStore, 'refuse' | 'drop' | 'setAside'> {
  return {
    async drop(ids) {
      await events.deleteMany({ _id: { $in: [...ids] } });
    },
    async refuse(refused, session) {
      await events.bulkWrite(
        refused.map(({ id, fault }) => ({
          updateOne: { filter: { _id: id }, update: { $set: { fault } } },
        })),
        { session },
      );
    },
    async setAside(id, fault) {
      await events.updateOne(
        { _id: id },
        { $set: { state: 'routed', fault }, $unset: { pending: '', expiresAt: '' } },
      );
    },
  };
}

async function isReceiptQueued(
  events: Collections['events'],
  profileId: string,
  messageId: string,
): Promise<boolean> {
  const found = await events.findOne(
    {
      profileId,
      name: { $in: Object.keys(RECEIPT_EVENTS) },
      state: 'accepted',
      'properties.message_id': messageId,
    },
    { projection: { _id: 1 } },
  );
  return found !== null;
}

function expiring(event: StoredEvent, retention: Pick<EventRetention, 'expiryOf'>): StoredEvent {
  const expiresAt = retention.expiryOf(event);
  return expiresAt === null ? event : { ...event, expiresAt };
}

/** What comes in one answer of MongoDB: all that was asked for, or 16 MB of it. */
async function firstAnswer<T>(cursor: FindCursor<T>): Promise<T[]> {
  try {
    return (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
  } finally {
    await cursor.close();
  }
}

/** Moves on those of these events that are `accepted` still; says how many. */
async function moveOn(
  events: Collections['events'],
  ids: readonly string[],
  update: UpdateFilter<StoredEvent>,
  session: Session,
): Promise<number> {
  if (ids.length === 0) return 0;
  const accepted: Filter<StoredEvent> = { _id: { $in: [...ids] }, state: 'accepted' };
  return (await events.updateMany(accepted, update, { session })).modifiedCount;
}

async function readPast(
  events: Collections['events'],
  profileIds: readonly string[],
  { asked, bytesMax = Infinity }: { asked: LookBacks; bytesMax: number | undefined },
): Promise<PastEvents> {
  const found: PastEvents = new Map();
  if (profileIds.length === 0 || asked.size === 0) return found;
  const rows = events
    .find({
      profileId: { $in: [...profileIds] },
      $or: [...asked].map(([name, { since }]) => ({ name, occurredAt: { $gte: since } })),
      state: { $ne: 'accepted' },
    })
    .project<Seen>(projectionOf(asked))
    .batchSize(PAST_PAGE);
  let held = 0;
  for await (const event of rows) {
    const { profileId, name } = event;
    const byName = found.get(profileId) ?? new Map<string, PastEvent[]>();
    found.set(profileId, byName);
    const list = byName.get(name) ?? [];
    byName.set(name, list);
    const past = pastEvent({ ...event, ...onlyAt(event, asked.get(name)?.paths ?? []) });
    list.push(past);
    held += heldBytes(past);
    // The latest decide; half is dropped at a time, so that dropping stays cheap.
    if (list.length > 2 * PAST_EVENTS_MAX) {
      const kept = latest(list);
      byName.set(name, kept);
      held -= bytesOf(list) - bytesOf(kept);
    }
    if (held > bytesMax) throw new TooMuchToHold();
  }
  return found;
}

/** What a look back reads of an event: of its content, only what is asked for. */
type Seen = Pick<StoredEvent, '_id' | 'profileId' | 'name' | 'occurredAt' | 'source'> &
  Partial<Pick<StoredEvent, 'properties' | 'context'>>;

function projectionOf(asked: LookBacks): Record<string, 1> {
  const paths = projectable([...asked.values()].flatMap((read) => [...read.paths]));
  const content = Object.fromEntries(paths.map((path) => [path, 1 as const]));
  return { profileId: 1, name: 1, occurredAt: 1, source: 1, ...content };
}

function bytesOf(list: readonly PastEvent[]): number {
  return list.reduce((sum, event) => sum + heldBytes(event), 0);
}

function latest(list: readonly PastEvent[]): PastEvent[] {
  return [...list].sort((a, b) => a.occurredAt - b.occurredAt).slice(-PAST_EVENTS_MAX);
}
