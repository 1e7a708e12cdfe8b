import type { Mongo } from '#platform/mongo.ts';

/** Longer than any test holds anybody back, in s. */
const HELD_MAX_S = 60;

/**
 * Changes a profile in a transaction that stays open until the answer is called: whoever else would
 * change it, cannot meanwhile. Kairos has the store give transactions up within seconds; not this one.
 */
export async function holdBack(
  { client, collections }: Mongo,
  profileId: string,
): Promise<() => Promise<void>> {
  const live = (seconds: unknown) =>
    client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: seconds });
  const { was } = await live(HELD_MAX_S);
  const session = client.startSession();
  try {
    session.startTransaction();
    const change = { $set: { updatedAt: Date.now() } };
    await collections.profiles.updateOne({ _id: profileId }, change, { session });
  } finally {
    await live(was);
  }
  return async () => {
    await session.abortTransaction();
    await session.endSession();
  };
}
