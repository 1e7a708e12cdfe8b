import type { StoredEvent } from '#domain/event/event.ts';
import type { MergeRecord } from '#domain/merge/assign-later.ts';
import { undoRefusal, type UndoRefusal } from '#domain/merge/undo-refusal.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredMerge } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { BEFORE_FOR_SURE_MS } from './move-to-kept.ts';

/** Events of a kilobyte: this many are 20 MB for a moment, years of a busy customer. */
const LATER_MAX = 20_000;

/**
 * Also what is written and not yet on a majority: whoever asks has just been told of it, and what
 * is done by it is written later on the same primary.
 */
const LATEST = { readConcern: { level: 'local' } } as const;

/** A merge that can be undone, and what came since. */
export interface UndoableMerge {
  merge: MergeRecord;
  /** The two as they stood before anything else was read: nothing is missed if they still do. */
  profiles: Map<string, Profile>;
  /** Applied since the merge, in the order of application. */
  later: StoredEvent[];
  /** Messages of the merged profile whose receipts came since. */
  theirMessages: Set<string>;
  /** Ids of what came with the merge: all runs, and events of these names. */
  readTheirs(eventNames: readonly string[]): Promise<Set<string>>;
}

/** What undoing a merge needs, or why it cannot be undone; null where there is no such merge. */
export async function readUndoable(
  c: Pick<Collections, 'merges' | 'profiles' | 'events' | 'messages' | 'runs'>,
  mergeId: string,
): Promise<UndoableMerge | { refusal: UndoRefusal } | null> {
  const stored = await c.merges.findOne({ _id: mergeId }, LATEST);
  if (stored === null) return null;
  const merge = recordOf(stored);
  const both = { _id: { $in: [stored.kept, stored.merged] } };
  const found = await c.profiles.find(both, LATEST).toArray();
  const profiles = new Map(found.map((profile) => [profile._id, profile]));
  const [hasLater, later] = await Promise.all([
    hasLaterMerge(c, stored),
    merge === null ? [] : readLater(c, stored),
  ]);
  const refusal = undoRefusal({
    isUndone: stored.undone !== undefined,
    isComplete: merge !== null,
    isMergedOn: profiles.get(stored.kept)?.mergedInto != null,
    hasLater,
    isTooLongAgo: later.length > LATER_MAX,
  });
  if (refusal !== null || merge === null) return { refusal: refusal ?? 'incomplete' };
  const theirMessages = await movedMessages(c, merge, later);
  const readTheirs = async (names: readonly string[]): Promise<Set<string>> => {
    const came = { profileId: merge.kept, moved: merge.id };
    const ids = { projection: { _id: 1 }, ...LATEST };
    const found = await Promise.all([
      c.runs.find(came, ids).toArray(),
      names.length === 0
        ? []
        : c.events.find({ ...came, name: { $in: [...names] } }, ids).toArray(),
    ]);
    return new Set(found.flat().map(({ _id }) => _id));
  };
  return { merge, profiles, later, theirMessages, readTheirs };
}

/** Null for a merge of which not everything was kept. */
function recordOf(stored: StoredMerge): MergeRecord | null {
  const { _id: id, kept, merged, eventId, identities } = stored;
  const { keptSnapshot, snapshot, orders, keptIdentities } = stored;
  if (!keptSnapshot || !snapshot || !orders || !keptIdentities) return null;
  return { id, kept, merged, eventId, identities, keptSnapshot, snapshot, orders, keptIdentities };
}

async function hasLaterMerge(
  { merges }: Pick<Collections, 'merges'>,
  { kept, revision = 0, place = 0 }: StoredMerge,
): Promise<boolean> {
  const later = await merges.findOne(
    {
      kept,
      undone: { $exists: false },
      $or: [{ revision: { $gt: revision } }, { revision, place: { $gt: place } }],
    },
    LATEST,
  );
  return later !== null;
}

function readLater(
  { events }: Pick<Collections, 'events'>,
  { _id, kept, receivedAt = 0, held = [] }: StoredMerge,
): Promise<StoredEvent[]> {
  return events
    .find(
      {
        profileId: kept,
        receivedAt: { $gte: receivedAt - BEFORE_FOR_SURE_MS },
        state: { $ne: 'accepted' },
        fault: { $exists: false },
        _id: { $nin: held },
        moved: { $ne: _id },
      },
      LATEST,
    )
    .sort({ receivedAt: 1, place: 1 })
    .limit(LATER_MAX + 1)
    .toArray();
}

async function movedMessages(
  { messages }: Pick<Collections, 'messages'>,
  { id }: MergeRecord,
  later: readonly StoredEvent[],
): Promise<Set<string>> {
  const named = later.map(({ properties }) => properties.message_id);
  const ids = named.filter((one) => typeof one === 'string');
  if (ids.length === 0) return new Set();
  const rows = await messages
    .find({ _id: { $in: ids }, moved: id }, LATEST)
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return new Set(rows.map(({ _id }) => _id));
}
