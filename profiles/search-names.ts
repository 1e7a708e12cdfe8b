import { DomainError, invalid } from '#domain/errors.ts';
import type { Page, PageRequest } from '#domain/page.ts';
import { answersTo, foldWords } from '#domain/profile/name-words.ts';
import type { Collections } from '#platform/mongo.ts';

/** Words of one search; more do not tell people apart any better. */
export const TYPED_WORDS_MAX = 6;

/**
 * People looked at for one page whose other words may not fit: what an index gives in some tens of
 * milliseconds. After them the page ends, however few were found, and the next one goes on there.
 */
export const LOOKED_MAX = 2_000;

/** Sorts after every word that begins with what stands before it. */
const END = '\u{10ffff}';

/** The index of names (platform/mongo.ts). */
export const NAMES_INDEX = { names: 1, _id: 1 } as const;

/**
 * Ids of profiles one of whose words begins with each word typed, in the order of the alphabet: by
 * the longest of them an index is walked from where the page before ended, so that a page costs the
 * same among a thousand people and a million.
 * @throws DomainError `invalid` for a text without letters, `malformed` for a foreign cursor.
 */
export async function searchNames(
  { profiles }: Pick<Collections, 'profiles'>,
  typed: string,
  { limit, after }: PageRequest,
): Promise<Page<string>> {
  const words = foldWords(typed);
  const prefix = longestOf(words);
  const from = after === null ? { names: prefix, _id: '' } : readPlace(after.id, prefix);
  const rows: string[] = [];
  let looked = 0;
  let last: Position | null = null;
  const found = profiles
    .find({ names: { $exists: true } })
    .hint(NAMES_INDEX)
    .min({ names: from.names, _id: justAfter(from._id) })
    .max({ names: `${prefix}${END}`, _id: '' })
    .project<{ _id: string; names: string[] }>({ names: 1 })
    .limit(LOOKED_MAX + 1)
    .batchSize(Math.min(limit, LOOKED_MAX) + 1);
  for await (const { _id, names } of found) {
    if (rows.length === limit || looked === LOOKED_MAX) {
      return { rows, next: last === null ? null : { at: 0, id: writePlace(last) } };
    }
    looked += 1;
    const fitting = names.filter((word) => word.startsWith(prefix));
    last = { names: fitting.find((word) => isAfter({ names: word, _id }, from)) ?? prefix, _id };
    // Whoever has two such words stood on an earlier page, at the first of them.
    const isFirst = fitting[0] === last.names;
    if (isFirst && answersTo(names, words)) rows.push(_id);
  }
  return { rows, next: null };
}

interface Position {
  names: string;
  _id: string;
}

/** The word that finds the fewest. */
function longestOf(words: readonly string[]): string {
  const [longest] = [...words].sort((a, b) => b.length - a.length);
  if (longest === undefined) {
    throw invalid('Nobody can be found by this.', [
      { pointer: '#/namePrefix', detail: 'Write at least one letter or digit of a name.' },
    ]);
  }
  if (words.length > TYPED_WORDS_MAX) {
    const detail = `Write at most ${String(TYPED_WORDS_MAX)} words of a name.`;
    throw invalid('Nobody can be found by this.', [{ pointer: '#/namePrefix', detail }]);
  }
  return longest;
}

/** The index is walked from here on, this one included. */
function justAfter(id: string): string {
  return id === '' ? '' : `${id}\u0000`;
}

function isAfter(one: Position, other: Position): boolean {
  return one.names > other.names || (one.names === other.names && one._id > other._id);
}

/** A word holds no space, so that the first one parts it from the id. */
function writePlace({ names, _id }: Position): string {
  return `${names} ${_id}`;
}

function readPlace(place: string, prefix: string): Position {
  const at = place.indexOf(' ');
  if (at === -1 || !place.startsWith(prefix)) {
    throw new DomainError('malformed', 'The cursor is not one that this search gave.');
  }
  return { names: place.slice(0, at), _id: place.slice(at + 1) };
}
