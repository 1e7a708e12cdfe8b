import { nameWords } from '#domain/profile/name-words.ts';
import type { Interest, Profile } from '#domain/profile/profile.ts';

/** As MongoDB's `$set` and `$unset`: values by path, and paths that are gone (null: none). */
export interface ChangedFields {
  set: Record<string, unknown>;
  unset: Record<string, ''> | null;
}

/**
 * What of a stored profile is not the very same: parts that stay are shared, and none is changed in
 * place. Of interests in the same products only what is said of each is written: their index is of
 * the products, and a write that touches no indexed path leaves all indexes of the profile alone.
 */
export function changedFields(before: Profile, after: Profile): ChangedFields {
  const was = new Map<string, unknown>(Object.entries(before));
  const is = new Map<string, unknown>(Object.entries(after));
  was.delete('names');
  is.delete('names');
  const set: Record<string, unknown> = {};
  for (const [name, value] of is) {
    if (value === undefined || value === was.get(name)) continue;
    if (name === 'interests') setInterests(set, before.interests, after.interests ?? []);
    else set[name] = value;
  }
  const gone = [...was].filter(
    ([name, value]) => value !== undefined && is.get(name) === undefined,
  );
  const unset = gone.map(([name]) => name);
  if (before.attributes !== after.attributes || before.mergedInto !== after.mergedInto) {
    const words = wordsOf(after);
    if (words.length > 0) set.names = words;
    else unset.push('names');
  }
  return { set, unset: unset.length === 0 ? null : unsetOf(unset) };
}

/** The words by which a profile is found; none of one that is part of another. */
export function wordsOf({ mergedInto, attributes }: Profile): string[] {
  return mergedInto === null ? nameWords(attributes) : [];
}

function setInterests(
  set: Record<string, unknown>,
  before: readonly Interest[] = [],
  after: readonly Interest[],
): void {
  const isSameProducts =
    before.length === after.length &&
    after.every(({ product, told }, at) => {
      const known = before[at];
      return known?.product === product && (told !== undefined || known.told === undefined);
    });
  if (!isSameProducts) {
    set.interests = after;
    return;
  }
  for (const [at, { kinds, told }] of after.entries()) {
    const known = before[at];
    if (known?.kinds !== kinds) set[`interests.${String(at)}.kinds`] = kinds;
    if (known?.told !== told) set[`interests.${String(at)}.told`] = told;
  }
}

function unsetOf(names: readonly string[]): Record<string, ''> {
  return Object.fromEntries(names.map((name): [string, ''] => [name, '']));
}
