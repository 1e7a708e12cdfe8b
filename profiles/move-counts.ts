import type { Merge } from '#domain/apply/plan.ts';
import { joinSlots, NO_SLOTS, partSlots } from '#domain/message/gate/slots.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** What either of the two got counts for the caps of the one they are. */
export async function joinCounts(
  { slots }: Pick<Collections, 'slots'>,
  { kept, merged }: Pick<Merge, 'kept' | 'merged'>,
  session: Session,
): Promise<void> {
  const both = await slots.find({ _id: { $in: [kept, merged] } }, { session }).toArray();
  const ours = both.find(({ _id }) => _id === kept);
  const theirs = both.find(({ _id }) => _id === merged);
  if (theirs === undefined) return;
  const { revision = 0, expiresAt = theirs.expiresAt } = ours ?? {};
  const until = Math.max(expiresAt.getTime(), theirs.expiresAt.getTime());
  await slots.replaceOne(
    { _id: kept },
    {
      ...joinSlots(ours ?? NO_SLOTS, theirs),
      revision: revision + 1,
      expiresAt: new Date(until),
    },
    { upsert: true, session },
  );
  await slots.deleteOne({ _id: merged }, { session });
}

/**
 * After a merge was undone each message counts for the one of the two whose it is now: to be called
 * when messages have gone apart. One that is not kept any more counts for the kept profile.
 */
export async function partCounts(
  { slots, messages }: Pick<Collections, 'slots' | 'messages'>,
  { kept, merged }: Pick<Merge, 'kept' | 'merged'>,
  session: Session,
): Promise<void> {
  const ours = await slots.findOne({ _id: kept }, { session });
  if (ours === null) return;
  const ids = [...ours.taken, ...ours.awaited].map(({ id }) => id);
  const theirs = await messages
    .find({ _id: { $in: ids }, profileId: merged }, { session })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  if (theirs.length === 0) return;
  const { revision, expiresAt } = ours;
  const { stay, go } = partSlots(ours, new Set(theirs.map(({ _id }) => _id)));
  await slots.replaceOne(
    { _id: kept },
    { ...stay, revision: revision + 1, expiresAt },
    { session },
  );
  const known = await slots.findOne({ _id: merged }, { session });
  await slots.replaceOne(
    { _id: merged },
    { ...joinSlots(known ?? NO_SLOTS, go), revision: (known?.revision ?? 0) + 1, expiresAt },
    { upsert: true, session },
  );
}
