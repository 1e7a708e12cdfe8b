import type { AnyBulkWriteOperation, OptionalId } from 'mongodb';
import type { ProfileChange } from '#domain/apply/plan.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import { changedFields, wordsOf } from './changed-fields.ts';

/**
 * Writes profiles, each conditional on its revision. Of one that was read only what changed is
 * written: MongoDB then touches the indexes of those fields alone, and not all there are.
 * Fails with Fenced when a revision is not the expected one (null: must not exist yet).
 */
export async function saveProfiles(
  { profiles }: Pick<Collections, 'profiles'>,
  changes: readonly ProfileChange[],
  session: Session,
): Promise<void> {
  if (changes.length === 0) return;
  const result = await profiles.bulkWrite(changes.map(writeOf), { session, ordered: true });
  if (result.insertedCount + result.matchedCount !== changes.length) throw new Fenced('profiles');
}

function writeOf({ profile, expected, before }: ProfileChange): AnyBulkWriteOperation<Profile> {
  const revision = (expected ?? 0) + 1;
  if (expected === null) return { insertOne: { document: { ...withNames(profile), revision } } };
  const filter = { _id: profile._id, revision: expected };
  if (before === undefined) {
    return { replaceOne: { filter, replacement: { ...withNames(profile), revision } } };
  }
  const { set, unset } = changedFields(before, profile);
  const $set = { ...set, revision };
  return { updateOne: { filter, update: { $set, ...(unset !== null && { $unset: unset }) } } };
}

/** With the words it is found by: made anew with each write of them, so that they never lag behind. */
function withNames(profile: Profile): OptionalId<Profile> & Profile {
  const { names: _, ...rest } = profile;
  const names = wordsOf(profile);
  return names.length === 0 ? rest : { ...rest, names };
}
