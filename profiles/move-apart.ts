import type { Carried, Parting } from '#domain/merge/fold-undo.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { StoredMerge } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import { MERGED } from './identity-store.ts';
import { partCounts } from './move-counts.ts';
import { ORDERS_KEPT_MAX } from './move-to-kept.ts';

/**
 * Gives a merged profile back what was its own: identities, events, runs, messages and tasks that came
 * with the merge, and of what came since what `parting` says, whole later merges included. Messages
 * sent and runs ended since stay with whom they are, and each message counts for caps there. What is
 * left of the merge says that these two are not one person.
 */
export async function moveApart(c: Collections, parting: Parting, session: Session): Promise<void> {
  const { id, kept, merged, at, eventId, source } = parting;
  const merge = await c.merges.findOne({ _id: id, undone: { $exists: false } }, { session });
  if (merge === null) throw new Fenced('merges');
  await returnIdentities(c, merge, parting, session);
  for (const one of parting.carried) await carryOver(c, one, parting, session);
  await c.orders.deleteMany({ profileId: { $in: [kept, merged] } }, { session });
  if (parting.orders.length > 0) await c.orders.insertMany(parting.orders, { session });
  await beginAnew(c, parting, session);
  const home = { profileId: merged, partition: partitionOf(merged) };
  const came = { profileId: kept, moved: id };
  const back = { $pull: { moved: id } };
  await c.events.updateMany(came, { $set: home, ...back }, { session });
  await c.runs.updateMany(came, { $set: home, ...back }, { session });
  await c.messages.updateMany(came, { $set: { profileId: merged }, ...back }, { session });
  await c.tasks.updateMany(came, { $set: { profileId: merged }, ...back }, { session });
  await partCounts(c, parting, session);
  const since = { $in: parting.events };
  await c.events.updateMany({ _id: since, profileId: kept }, { $set: home }, { session });
  await partRuns(c, parting, session);
  await c.merges.updateOne(
    { _id: id },
    {
      $set: { undone: { at, eventId }, identities: [] },
      // That the two are not one person is remembered for good; what they were like is not needed.
      $unset: {
        ...{ snapshot: '', keptSnapshot: '', orders: '', keptIdentities: '', held: '' },
        ...{ segments: '', expiresAt: '' },
      },
    },
    { session },
  );
  await c.conflicts.updateMany({ 'closed.merge': id }, { $unset: { closed: '' } }, { session });
  const deed = { at, who: source, what: 'mergeUndone' } as const;
  const ids = { merge: id, kept, merged, event: eventId };
  await c.audit.insertOne({ _id: `mergeUndone:${id}`, ...deed, ids }, { session });
}

/** Runs that go on and began with what is the other's go to them, with their tasks. */
async function partRuns(
  { runs, tasks }: Pick<Collections, 'runs' | 'tasks'>,
  { kept, merged, events }: Parting,
  session: Session,
): Promise<void> {
  const since = { profileId: kept, 'entry.id': { $in: events }, status: 'running' as const };
  const going = await runs.find(since, { session }).project<{ _id: string }>({ _id: 1 }).toArray();
  const ids = { $in: going.map(({ _id }) => _id) };
  const home = { profileId: merged, partition: partitionOf(merged) };
  await runs.updateMany({ _id: ids }, { $set: home }, { session });
  await tasks.updateMany({ runId: ids }, { $set: { profileId: merged } }, { session });
}

/** What was before cannot be gone through again: reconciles begin with what the two are now. */
async function beginAnew(
  { checkpoints }: Pick<Collections, 'checkpoints'>,
  { at, profiles, orders }: Parting,
  session: Session,
): Promise<void> {
  for (const profile of profiles) {
    const { _id } = profile;
    const unwatched = { ...profile, watches: {}, nextWatchAt: null };
    const own = orders.filter(({ profileId }) => profileId === _id);
    const checkpoint = { _id, at, takenAt: at, profile: unwatched, orders: own };
    await checkpoints.replaceOne({ _id }, checkpoint, { upsert: true, session });
  }
}

async function returnIdentities(
  { identities }: Pick<Collections, 'identities'>,
  merge: StoredMerge,
  { kept, merged, identities: fresh, own }: Parting,
  session: Session,
): Promise<void> {
  // The slot first: two documents must not speak for one profile even for a moment.
  await identities.deleteOne({ _id: `${MERGED}${merged}`, profileId: kept }, { session });
  for (const identity of merge.identities) {
    await identities.replaceOne({ _id: identity._id, profileId: kept }, identity, { session });
  }
  const theirs = { _id: { $in: fresh }, profileId: kept };
  if (fresh.length > 0) {
    await identities.updateMany(
      { ...theirs, kind: 'external' },
      { $unset: { externalOf: '' } },
      { session },
    );
    await identities.updateMany(theirs, { $set: { profileId: merged } }, { session });
  }
  // A customer id first seen since, or merged since, may be the first of a profile now.
  for (const { id, profileId } of own) {
    await identities.updateOne(
      { _id: id, profileId },
      { $set: { externalOf: profileId } },
      { session },
    );
  }
}

/** A later merge that stands is one into the profile that it would have been without the other. */
async function carryOver(
  c: Collections,
  { id, merged, kept, keptSnapshot, orders, keptIdentities, order }: Carried,
  { kept: from }: Parting,
  session: Session,
): Promise<void> {
  const known = orders.length > ORDERS_KEPT_MAX ? null : orders;
  const record = { kept, keptSnapshot, keptIdentities, orders: known, ...order };
  // What it came to then, it did with all that was the other's.
  const carried = { $set: record, $unset: { segments: '' as const } };
  await c.merges.updateOne({ _id: id }, carried, { session });
  if (kept === from) return;
  const came = { profileId: from, moved: id };
  const home = { profileId: kept, partition: partitionOf(kept) };
  await c.events.updateMany(came, { $set: home }, { session });
  await c.runs.updateMany(came, { $set: home }, { session });
  await c.messages.updateMany(came, { $set: { profileId: kept } }, { session });
  await c.tasks.updateMany(came, { $set: { profileId: kept } }, { session });
  await c.profiles.updateOne(
    { _id: merged, mergedInto: from },
    { $set: { mergedInto: kept } },
    { session },
  );
  await c.identities.updateOne(
    { _id: `${MERGED}${merged}`, profileId: from },
    { $set: { profileId: kept } },
    { session },
  );
}
