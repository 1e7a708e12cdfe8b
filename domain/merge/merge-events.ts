import { shortHash } from '#domain/short-hash.ts';

/** The event by which somebody with an API key says that two profiles are one person. */
export const PROFILES_MERGED = 'Profiles Merged';

/** The event by which they say that it was a mistake. */
export const MERGE_UNDONE = 'Merge Undone';

/** The id of the merge of a profile that an event brings about: each has its own, and can be named in a URL. */
export function mergeId(eventId: string, mergedId: string): string {
  return `m-${shortHash(JSON.stringify([eventId, mergedId]))}`;
}
