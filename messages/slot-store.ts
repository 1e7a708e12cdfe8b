import type { AnyBulkWriteOperation } from 'mongodb';
import { decide, type GateAnswer, type GateFacts } from '#domain/message/gate.ts';
import {
  awaitSlot,
  NO_SLOTS,
  SLOTS_KEPT_MS,
  takeSlot,
  withoutLapsed,
  type Slots,
} from '#domain/message/gate/slots.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { StoredSlots } from '#platform/gate-documents.ts';
import type { Clock } from '#platform/clock.ts';
import { gather } from '#platform/gather.ts';
import type { Collections } from '#platform/mongo.ts';
import { Fenced, inTransaction, type Session } from '#platform/transaction.ts';
import { claimAgain, claimedEntry, OPEN_STATUSES, type Claim } from './ledger-entry.ts';

/** How often a slice that met another is tried again: each time somebody else's went through. */
const TRIES_MAX = 20;

/** A message that is about to go out, or held, and what the gate knows of it but for its slots. */
export interface SlotAsk {
  facts: Omit<GateFacts, 'slots'>;
  /** The call to be made if the gate lets it; null: it is held in any case. */
  claim: Claim | null;
}

/**
 * `claimed` false: another execution was faster, and nothing was taken; `at`: when the claim was
 * written (epoch ms).
 */
export type SlotAnswer =
  { claimed: false } | { claimed: true; at: number } | Exclude<GateAnswer, { send: true }>;

type Stores = Pick<Collections, 'messages' | 'slots'>;

/** As `reserveSlots` for one; what is asked while a slice is under way becomes the next slice. */
export function createReserveSlot(c: Stores, clock: Clock): (ask: SlotAsk) => Promise<SlotAnswer> {
  return gather((asks: readonly SlotAsk[]) => reserveSlots(c, asks, clock));
}

/**
 * Decides about a slice of messages and claims those that may go out, in one transaction with the
 * slots they take: of any number of writers none takes a slot that is not there. Within a slice the
 * higher priority goes first, then the order of asking. The answers stand at their asks' places.
 * Claims bear the time at which their slice is written: how long they waited for it says nothing of
 * how old they are.
 */
export async function reserveSlots(
  c: Stores,
  asks: readonly SlotAsk[],
  clock: Clock,
): Promise<SlotAnswer[]> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await inTransaction(c.messages.db.client, (session) =>
        reserve(
          c,
          asks.map((ask) => writtenAt(ask, clock())),
          session,
        ),
      );
    } catch (error) {
      if (!(error instanceof Fenced) || tried >= TRIES_MAX) throw error;
    }
  }
}

function writtenAt({ facts, claim }: SlotAsk, at: number): SlotAsk {
  return { facts, claim: claim === null ? null : { ...claim, at } };
}

async function reserve(
  c: Stores,
  asks: readonly SlotAsk[],
  session: Session,
): Promise<SlotAnswer[]> {
  const [stored, entries] = await readFor(c, asks, session);
  const slice = new Slice(stored, entries);
  slice.drop(await lapsedOf(c, slice.doubted(asks), session));
  const answers = new Map<SlotAsk, SlotAnswer>();
  const inOrder = [...asks].sort((a, b) => b.facts.rules.priority - a.facts.rules.priority);
  for (const ask of inOrder) answers.set(ask, slice.decide(ask));
  await write(c, slice, session);
  return asks.map((ask) => answers.get(ask) ?? { claimed: false });
}

type Entry = Pick<StoredMessage, '_id' | 'attempts' | 'status'>;

/** One after the other: a session carries one call at a time. */
async function readFor(
  { slots, messages }: Stores,
  asks: readonly SlotAsk[],
  session: Session,
): Promise<[StoredSlots[], Entry[]]> {
  const profiles = [...new Set(asks.map(({ facts }) => facts.profileId))];
  const stored = await slots.find({ _id: { $in: profiles } }, { session }).toArray();
  const claimed = asks.flatMap(({ claim }) => (claim === null ? [] : [claim.message._id]));
  if (claimed.length === 0) return [stored, []];
  const entries = await messages
    .find({ _id: { $in: claimed } }, { session })
    .project<Entry>({ attempts: 1, status: 1 })
    .toArray();
  return [stored, entries];
}

/** Of these messages, those that never went out after all: they give their slots back. */
async function lapsedOf(
  { messages }: Stores,
  ids: readonly string[],
  session: Session,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const lapsed = await messages
    .find({ _id: { $in: [...ids] }, status: { $in: ['failed', 'suppressed'] } }, { session })
    .project<Pick<StoredMessage, '_id'>>({ _id: 1 })
    .toArray();
  return new Set(lapsed.map(({ _id }) => _id));
}

/** A slice under way: the slots as they become, message by message. */
class Slice {
  readonly claims: Claim[] = [];
  readonly changed = new Set<string>();
  readonly #stored: ReadonlyMap<string, StoredSlots>;
  readonly #entries: Map<string, Entry>;
  readonly #slots: Map<string, Slots>;

  constructor(stored: readonly StoredSlots[], entries: readonly Entry[]) {
    this.#stored = new Map(stored.map((one) => [one._id, one]));
    this.#slots = new Map(stored.map(({ _id, taken, awaited }) => [_id, { taken, awaited }]));
    this.#entries = new Map(entries.map((entry) => [entry._id, entry]));
  }

  slotsOf(profileId: string): Slots {
    return this.#slots.get(profileId) ?? NO_SLOTS;
  }

  revisionOf(profileId: string): number | null {
    return this.#stored.get(profileId)?.revision ?? null;
  }

  /** The messages whose slots, or whose coming, may stand in the way of others. */
  doubted(asks: readonly SlotAsk[]): string[] {
    const refused = asks.filter(({ facts }) => {
      const slots = this.slotsOf(facts.profileId);
      const others = slots.taken.length + slots.awaited.length;
      return others > 0 && !('send' in decide({ ...facts, slots }));
    });
    return refused.flatMap(({ facts }) => {
      const { taken, awaited } = this.slotsOf(facts.profileId);
      return [...taken, ...awaited].map(({ id }) => id);
    });
  }

  drop(lapsed: ReadonlySet<string>): void {
    if (lapsed.size === 0) return;
    for (const [id, slots] of this.#slots) this.#slots.set(id, withoutLapsed(slots, lapsed));
  }

  decide({ facts, claim }: SlotAsk): SlotAnswer {
    if (claim !== null && !this.#isOpen(claim)) return { claimed: false };
    const { messageId: id, profileId, channel, journey, at, rules } = facts;
    const slots = this.slotsOf(profileId);
    const answer = decide({ ...facts, slots });
    if ('hold' in answer) {
      const { until } = answer.hold;
      const held = { id, channel, journey, until, priority: rules.priority };
      this.#change(profileId, awaitSlot(slots, held, at));
      return answer;
    }
    if ('suppressed' in answer) return answer;
    if (claim === null) return { claimed: false };
    this.#change(profileId, takeSlot(slots, { id, at: claim.at, channel, journey }));
    this.claims.push(claim);
    // Another execution of the same send may stand in the same slice.
    this.#entries.set(id, { _id: id, attempts: (claim.seen ?? 0) + 1, status: 'sending' });
    return { claimed: true, at: claim.at };
  }

  #isOpen({ message, seen }: Claim): boolean {
    const entry = this.#entries.get(message._id);
    if (entry === undefined || seen === null) return entry === undefined && seen === null;
    return entry.attempts === seen && OPEN_STATUSES.includes(entry.status);
  }

  #change(profileId: string, slots: Slots): void {
    this.#slots.set(profileId, slots);
    this.changed.add(profileId);
  }
}

/** What a writer that was faster has changed makes the whole slice start over. */
async function write({ slots, messages }: Stores, slice: Slice, session: Session): Promise<void> {
  const taken = [...slice.changed].map((id) => slotsWrite(id, slice));
  if (taken.length > 0) {
    const { matchedCount, insertedCount } = await slots.bulkWrite(taken, { session });
    if (matchedCount + insertedCount !== taken.length) throw new Fenced('slots');
  }
  const claimed = slice.claims.map((claim): AnyBulkWriteOperation<StoredMessage> =>
    claim.seen === null
      ? { insertOne: { document: claimedEntry(claim) } }
      : { updateOne: claimAgain(claim) },
  );
  if (claimed.length === 0) return;
  const { matchedCount, insertedCount } = await messages.bulkWrite(claimed, { session });
  if (matchedCount + insertedCount !== claimed.length) throw new Fenced('messages');
}

function slotsWrite(id: string, slice: Slice): AnyBulkWriteOperation<StoredSlots> {
  const { taken, awaited } = slice.slotsOf(id);
  const newest = Math.max(...taken.map(({ at }) => at), ...awaited.map(({ until }) => until));
  const set = { taken, awaited, expiresAt: new Date(newest + SLOTS_KEPT_MS + DAY_MS) };
  const revision = slice.revisionOf(id);
  if (revision === null) return { insertOne: { document: { _id: id, revision: 1, ...set } } };
  return {
    updateOne: { filter: { _id: id, revision }, update: { $set: set, $inc: { revision: 1 } } },
  };
}
