import { pastEvent } from '#domain/apply/past-event.ts';
import type { PastEvent } from '#domain/apply/plan.ts';
import { addLookBack, type LookBack, type LookBacks } from '#domain/event/look-back.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { History } from '#domain/reconcile/history.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { StoredCheckpoint } from '#platform/documents.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { atOneInstant, type Session } from '#platform/transaction.ts';
import { familyOf, type Family } from './family-store.ts';

/** Events of a kilobyte: this many of one customer are 10 MB for a moment; nobody is known to have more. */
const EVENTS_MAX = 10_000;

/**
 * What came in this long before a checkpoint was taken is in it for sure, unless it waited then:
 * no request takes a tenth of it.
 */
const LATE_MS = 10 * MINUTE_MS;

/** What must be known to say whether all that matters of a history is still there. */
export interface Question {
  /** Epoch ms. */
  now: number;
  /** How long events are kept at least, in ms; null: for good. */
  shortest: number | null;
  /** Events to be counted by name since an instant, by who was looked at up to a generation. */
  missing: (generation: number) => LookBacks;
}

/** What there is to hold one profile against. */
export interface ReadHistory {
  orders: Order[];
  /** Null: not all of it is there. */
  history: History | null;
  /** Epoch ms of the newest fold in it. */
  at: number;
  /** Ids of profiles merged into it since its checkpoint. */
  merged: string[];
  /** Up to which generation of segments its checkpoints counted; null: there are none. */
  generation: number | null;
}

/** Reads of one instant of the store. */
export interface Instant {
  profiles(ids: readonly string[]): Promise<Profile[]>;
  /** Those of these profiles for which something has waited so long that a checkpoint would miss it. */
  waiting(profiles: readonly Profile[], now: number): Promise<Set<string>>;
  history(profile: Profile, question: Question): Promise<ReadHistory>;
}

export interface HistoryStore {
  atOneInstant<T>(work: (instant: Instant) => Promise<T>): Promise<T>;
  /** Keeps checkpoints, and drops those of profiles that are part of others now. */
  keep(checkpoints: readonly StoredCheckpoint[], merged: readonly string[]): Promise<void>;
}

export function createHistoryStore({
  client,
  collections: c,
}: Pick<Mongo, 'client' | 'collections'>): HistoryStore {
  return {
    atOneInstant: (work) =>
      atOneInstant(client, (session) =>
        work({
          profiles: (ids) => c.profiles.find({ _id: { $in: [...ids] } }, { session }).toArray(),
          waiting: (profiles, now) => waiting(c, profiles, { now, session }),
          history: (profile, question) => readHistory({ c, session }, profile, question),
        }),
      ),
    async keep(checkpoints, merged) {
      if (merged.length > 0) await c.checkpoints.deleteMany({ _id: { $in: [...merged] } });
      if (checkpoints.length === 0) return;
      try {
        await c.checkpoints.bulkWrite(
          checkpoints.map((one) => ({
            replaceOne: {
              // A merge that was undone meanwhile has left a later one.
              filter: { _id: one._id, at: { $lte: one.at } },
              replacement: one,
              upsert: true,
            },
          })),
          { ordered: false },
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}

async function waiting(
  { events }: Pick<Collections, 'events'>,
  profiles: readonly Profile[],
  { now, session }: { now: number; session: Session },
): Promise<Set<string>> {
  const rows = await events
    .find(
      {
        pending: true,
        partition: { $in: [...new Set(profiles.map(({ partition }) => partition))] },
        receivedAt: { $lt: now - LATE_MS },
        state: 'accepted',
        profileId: { $in: profiles.map(({ _id }) => _id) },
      },
      { session },
    )
    .hint('pending')
    .project<{ profileId: string }>({ profileId: 1 })
    .toArray();
  return new Set(rows.map(({ profileId }) => profileId));
}

interface Reading {
  c: Pick<Collections, 'checkpoints' | 'merges' | 'events' | 'orders'>;
  session: Session;
}

async function readHistory(
  reading: Reading,
  profile: Profile,
  question: Question,
): Promise<ReadHistory> {
  const { c, session } = reading;
  const [orders, family] = [
    await c.orders.find({ profileId: profile._id }, { session }).toArray(),
    await familyOf(c, profile, session),
  ];
  const merged = [...family.members.keys()].filter((id) => id !== profile._id);
  const history = family.isWhole(question.now, question.shortest, LATE_MS)
    ? await readEvents(reading, profile._id, { family, question })
    : null;
  const at = history === null ? await newest(reading, profile._id) : newestOf(family, history);
  return { orders, history, at, merged, generation: generationOf(family) };
}

function generationOf(family: Family): number | null {
  const checkpoints = [...family.checkpoints().values()];
  if (checkpoints.length === 0) return null;
  return Math.min(...checkpoints.map(({ profile }) => profile.segmentState?.generation ?? 0));
}

function newestOf({ members }: Family, { events }: History): number {
  const before = [...members.values()].map(({ checkpoint }) => checkpoint?.at ?? 0);
  return Math.max(...before, events.at(-1)?.appliedAt ?? 0);
}

/** The newest fold of what is there, whatever came before. */
async function newest({ c, session }: Reading, profileId: string): Promise<number> {
  const [found] = await c.events
    .aggregate<{ at: number | null }>(
      [{ $match: { profileId } }, { $group: { _id: null, at: { $max: '$appliedAt' } } }],
      { session },
    )
    .toArray();
  return found?.at ?? 0;
}

async function readEvents(
  { c, session }: Reading,
  profileId: string,
  { family, question }: { family: Family; question: Question },
): Promise<History | null> {
  const since = family.since(LATE_MS);
  const applied = { profileId, state: { $ne: 'accepted' as const }, fault: { $exists: false } };
  const rows = await c.events
    .find({ ...applied, ...(since > 0 && { receivedAt: { $gte: since } }) }, { session })
    .limit(EVENTS_MAX + 1)
    .toArray();
  if (rows.length > EVENTS_MAX) return null;
  const events: StoredEvent[] = [];
  for (const event of rows) {
    const place = family.placeOf(event);
    if (place === null) return null;
    if (!place.isHeld) events.push(family.asFolded(event, place.owner));
  }
  const past = await readPast({ c, session }, applied, { family, question });
  if (past === null) return null;
  return { checkpoints: family.checkpoints(), events: events.sort(byApplication), past };
}

/** In the order of application. */
function byApplication(one: StoredEvent, other: StoredEvent): number {
  return (
    (one.appliedAt ?? 0) - (other.appliedAt ?? 0) ||
    one.receivedAt - other.receivedAt ||
    one.place - other.place
  );
}

/** Events of before the checkpoints that segments defined since them count. */
async function readPast(
  { c, session }: Reading,
  applied: object,
  { family, question }: { family: Family; question: Question },
): Promise<History['past'] | null> {
  const asked = askedSince(family, question);
  const past = new Map<string, Map<string, PastEvent[]>>();
  if (asked.size === 0) return past;
  const names = [...asked].map(([name, { since }]) => ({ name, occurredAt: { $gte: since } }));
  const rows = await c.events
    .find({ ...applied, $or: names }, { session })
    .limit(EVENTS_MAX + 1)
    .toArray();
  if (rows.length > EVENTS_MAX) return null;
  for (const event of rows) {
    const place = family.placeOf(event);
    if (place?.isHeld !== true) continue;
    const byName = past.get(place.owner) ?? new Map<string, PastEvent[]>();
    past.set(place.owner, byName);
    byName.set(event.name, [...(byName.get(event.name) ?? []), pastEvent(event)]);
  }
  return past;
}

function askedSince(family: Family, { missing }: Question): LookBacks {
  const asked = new Map<string, LookBack>();
  for (const { profile } of family.checkpoints().values()) {
    for (const [name, read] of missing(profile.segmentState?.generation ?? 0)) {
      addLookBack(asked, name, read);
    }
  }
  return asked;
}
