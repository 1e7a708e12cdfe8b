import { DomainError } from '#domain/errors.ts';
import type { StoredConflict } from '#platform/identity-documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { inTransaction } from '#platform/transaction.ts';

/**
 * Says that two customers rightly share an address: it stays with its first owner, and the conflict
 * is not listed again, however often it is claimed. `at` is epoch ms. Safe to repeat.
 * @throws DomainError `not-found`; `conflict` when the two have become one.
 */
export async function dismissConflict(
  { client, collections }: Pick<Mongo, 'client' | 'collections'>,
  ref: string,
  at: number,
): Promise<StoredConflict> {
  const known = await collections.conflicts.findOne({ ref });
  if (known === null) throw new DomainError('not-found', 'There is no conflict with this id.');
  if (known.closed?.by === 'merged') {
    throw new DomainError('conflict', 'These two customers have been merged since.');
  }
  if (known.closed !== undefined) return known;
  const closed = { at, by: 'dismissed' } as const;
  await inTransaction(client, async (session) => {
    const open = { ref, closed: { $exists: false } };
    const done = await collections.conflicts.updateOne(open, { $set: { closed } }, { session });
    if (done.matchedCount === 1) await note(collections, known, { at, session });
  });
  return { ...known, closed };
}

type Session = Parameters<Parameters<typeof inTransaction>[1]>[0];

async function note(
  { audit }: Pick<Collections, 'audit'>,
  { ref = '', ownerId, claimantId }: StoredConflict,
  { at, session }: { at: number; session: Session },
): Promise<void> {
  const ids = { conflict: ref, owner: ownerId, claimant: claimantId };
  const deed = { at, who: 'admin', what: 'conflictDismissed', ids } as const;
  // A merge of the two that was undone opens the conflict again, so it may be dismissed again.
  await audit.insertOne({ _id: `dismissed:${ref}:${String(at)}`, ...deed }, { session });
}
