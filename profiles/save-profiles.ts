import type { AnyBulkWriteOperation, OptionalId } from 'mongodb';
import type { ProfileChange } from '#domain/apply/plan.ts';
import { nameWords } from '#domain/profile/name-words.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';
import { Fenced, type Session } from '#platform/transaction.ts';

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
  const { set, unset } = differing(before, profile);
  const $set = { ...set, revision };
  return { updateOne: { filter, update: { $set, ...(unset !== null && { $unset: unset }) } } };
}

/** What is not the very same: parts that stay are shared, and none is changed in place. */
function differing(
  before: Profile,
  after: Profile,
): { set: Record<string, unknown>; unset: Record<string, ''> | null } {
  const was = new Map<string, unknown>(Object.entries(before));
  const is = new Map<string, unknown>(Object.entries(after));
  was.delete('names');
  is.delete('names');
  const set: Record<string, unknown> = {};
  const gone: string[] = [];
  for (const [name, value] of is) {
    if (value !== undefined && value !== was.get(name)) set[name] = value;
  }
  for (const [name, value] of was) {
    if (value !== undefined && is.get(name) === undefined) gone.push(name);
  }
  if (before.attributes !== after.attributes || before.mergedInto !== after.mergedInto) {
    const words = wordsOf(after);
    if (words.length > 0) set.names = words;
    else gone.push('names');
  }
  const unset = gone.length === 0 ? null : Object.fromEntries(gone.map((name) => [name, '']));
  return { set, unset: unset as Record<string, ''> | null };
}

/** With the words it is found by: made anew with each write of them, so that they never lag behind. */
function withNames(profile: Profile): OptionalId<Profile> & Profile {
  const { names: _, ...rest } = profile;
  const names = wordsOf(profile);
  return names.length === 0 ? rest : { ...rest, names };
}

function wordsOf({ mergedInto, attributes }: Profile): string[] {
  return mergedInto === null ? nameWords(attributes) : [];
}
