import type { Merge } from '#domain/apply/plan.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { DAY_MS, MINUTE_MS } from '#domain/time/duration.ts';
import type { StoredIdentity, StoredMerge } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { joinCounts } from './move-counts.ts';

/** A merge can be understood and undone for as long as the visits that led to it are kept: 400 days. */
const MERGES_KEPT_MS = 400 * DAY_MS;

/** Orders of 300 bytes: this many are 3 MB, a fifth of what one document may hold. */
export const ORDERS_KEPT_MAX = 10_000;

/**
 * Events are applied in the order in which they came in, but for those whose commit was late or
 * that another machine's clock dated: what is this much older than the event that merges, in ms,
 * was applied before it. No request takes a tenth of it, and clocks kept by NTP differ by far less.
 */
export const BEFORE_FOR_SURE_MS = 10 * MINUTE_MS;

/**
 * Moves everything but the profile itself from the merged to the kept one, and keeps what is needed
 * to understand and to undo it. What moves remembers by which merge it came.
 */
export async function moveToKept(c: Collections, merge: Merge, session: Session): Promise<void> {
  const { id, kept, merged } = merge;
  const held = await c.events
    .find(
      {
        profileId: kept,
        receivedAt: { $gte: merge.receivedAt - BEFORE_FOR_SURE_MS },
        state: { $ne: 'accepted' },
        _id: { $ne: merge.eventId },
      },
      { session },
    )
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const identities = await moveIdentities(c, merge, session);
  // Their joined orders were saved under the kept profile already.
  await c.orders.deleteMany({ profileId: merged }, { session });
  const home = { profileId: kept, partition: partitionOf(kept) };
  // What still waits is told apart by the identity it came with.
  const waiting = { profileId: merged, state: 'accepted' as const };
  await c.events.updateMany(waiting, { $set: home }, { session });
  const moved = { $push: { moved: id } };
  await c.events.updateMany({ profileId: merged }, { $set: home, ...moved }, { session });
  await c.runs.updateMany({ profileId: merged }, { $set: home, ...moved }, { session });
  await c.messages.updateMany(
    { profileId: merged },
    { $set: { profileId: kept }, ...moved },
    { session },
  );
  await c.tasks.updateMany(
    { profileId: merged },
    { $set: { profileId: kept }, ...moved },
    { session },
  );
  await joinCounts(c, merge, session);
  await overtake(c, merge, session);
  await c.merges.insertOne(recordOf(merge, { ...identities, held }), { session });
  await closeConflicts(c, merge, session);
  if (merge.source === 'admin') {
    const ids = { merge: id, kept, merged, event: merge.eventId };
    const deed = { at: merge.at, who: merge.source, what: 'merged', ids } as const;
    await c.audit.insertOne({ _id: `merged:${id}`, ...deed }, { session });
  }
}

interface Identities {
  ours: StoredIdentity[];
  theirs: StoredIdentity[];
}

async function moveIdentities(
  { identities }: Pick<Collections, 'identities'>,
  { kept, merged, unproven }: Merge,
  session: Session,
): Promise<Identities> {
  const ours = await identities.find({ profileId: kept }, { session }).toArray();
  const theirs = await identities.find({ profileId: merged }, { session }).toArray();
  // A profile has one customer id of its own; a second one stays findable, but is not its own.
  const hasOwn = ours.some(({ externalOf }) => externalOf === kept);
  // Of those merged into it before nobody may ever speak but the merge: their slots stay taken.
  await identities.updateMany(
    { profileId: merged, externalOf: merged },
    hasOwn ? { $unset: { externalOf: '' } } : { $set: { externalOf: kept } },
    { session },
  );
  await identities.updateMany(
    { profileId: merged },
    { $set: { profileId: kept, ...(unproven ? { unproven: true } : {}) } },
    { session },
  );
  return { ours, theirs };
}

function recordOf(
  merge: Merge,
  { ours, theirs, held }: Identities & { held: { _id: string }[] },
): StoredMerge {
  const { kept, merged, eventId, receivedAt, source, at, place, snapshot, keptSnapshot } = merge;
  return {
    _id: merge.id,
    ...{ kept, merged, eventId, receivedAt, source, at, place, snapshot, keptSnapshot },
    revision: keptSnapshot.revision,
    orders: merge.orders.length > ORDERS_KEPT_MAX ? null : merge.orders,
    identities: theirs,
    keptIdentities: ours.map(({ _id }) => _id),
    held: held.map(({ _id }) => _id),
    overtaken: merge.overtaken,
    ...(merge.segments === null ? {} : { segments: merge.segments }),
    expiresAt: new Date(at + MERGES_KEPT_MS),
  };
}

/** From this commit on nothing of theirs goes out any more; they are told to end when it is routed. */
async function overtake(
  { runs }: Pick<Collections, 'runs'>,
  { overtaken }: Merge,
  session: Session,
): Promise<void> {
  if (overtaken.length === 0) return;
  await runs.updateMany(
    { _id: { $in: overtaken }, status: 'running' },
    { $set: { overtaken: true } },
    { session },
  );
}

async function closeConflicts(
  { conflicts }: Pick<Collections, 'conflicts'>,
  { id, kept, merged, at }: Merge,
  session: Session,
): Promise<void> {
  const both = { $in: [kept, merged] };
  await conflicts.updateMany(
    { ownerId: both, claimantId: both, closed: { $exists: false } },
    { $set: { closed: { at, by: 'merged', merge: id } } },
    { session },
  );
}
