import { DomainError } from '#domain/errors.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/** These entries of `identities` say where a profile is going (profiles/identity-store.ts). */
const MERGED = 'merged:';

/** An older word, in ms, is of a call that was never stored: routers are never this far behind. */
const UNDER_WAY_MS = 10 * MINUTE_MS;

/**
 * Says that a profile is on its way into another, so that until the merge is applied no call takes
 * it elsewhere. A customer with an id of their own is nobody else's to take, and needs no such word.
 * `at` is epoch ms. Safe to repeat. @throws DomainError `conflict` when one of the two is going
 * somewhere else already.
 */
export async function claimMerge(
  { identities }: Pick<Collections, 'identities'>,
  { keep, merge }: { keep: string; merge: string },
  at: number,
): Promise<void> {
  const goesElsewhere = async (): Promise<boolean> => {
    const latest = { readConcern: { level: 'local' } } as const;
    const words = [keep, merge].map((id) => `${MERGED}${id}`);
    const found = await identities
      .find({ _id: { $in: words }, at: { $gt: at - UNDER_WAY_MS } }, latest)
      .toArray();
    return found.some(({ _id, profileId }) => _id === `${MERGED}${keep}` || profileId !== keep);
  };
  if (await goesElsewhere()) throw underWay();
  try {
    const claim = { kind: 'merged', profileId: keep, externalOf: merge, at } as const;
    await identities.insertOne({ _id: `${MERGED}${merge}`, ...claim });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  // Two people may have asked at once, each for the other's profile to be kept.
  if (!(await goesElsewhere())) return;
  await identities.deleteOne({ _id: `${MERGED}${merge}`, profileId: keep });
  throw underWay();
}

function underWay(): DomainError {
  return new DomainError('conflict', 'One of these profiles is just being merged with another.', {
    retryAfterS: 1,
  });
}
