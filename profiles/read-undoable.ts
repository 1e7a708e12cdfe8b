import type { StoredEvent } from '#domain/event/event.ts';
import type { LaterMerge, MergeRecord } from '#domain/merge/assign-later.ts';
import { undoRefusal, type UndoRefusal } from '#domain/merge/undo-refusal.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredMerge } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { BEFORE_FOR_SURE_MS } from './move-to-kept.ts';

/** Events of a kilobyte: this many are 20 MB for a moment, years of a busy customer. */
const LATER_MAX = 20_000;

/** Later merges that are carried along: of some kilobytes each, and nobody has so many browsers. */
const CARRIED_MAX = 200;

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
  /** Messages that came with this merge or a later one, and whose receipts came since; by id, with that merge. */
  movedMessages: Map<string, string>;
  /** What came with any of these merges, by id with all it moved by: runs, and events of these names. */
  readMoved(eventNames: readonly string[]): Promise<Map<string, string[]>>;
}

/** What undoing a merge needs, or why it cannot be undone; null where there is no such merge. */
export async function readUndoable(
  c: Pick<Collections, 'merges' | 'profiles' | 'events' | 'messages' | 'runs'>,
  mergeId: string,
): Promise<UndoableMerge | { refusal: UndoRefusal } | null> {
  const stored = await c.merges.findOne({ _id: mergeId }, LATEST);
  if (stored === null) return null;
  const both = { _id: { $in: [stored.kept, stored.merged] } };
  const found = await c.profiles.find(both, LATEST).toArray();
  const profiles = new Map(found.map((profile) => [profile._id, profile]));
  const [since, later] = await Promise.all([laterMerges(c, stored), readLater(c, stored)]);
  const carried = carriedOf(since, later);
  const merge = recordOf(stored, carried ?? []);
  const refusal = undoRefusal({
    isUndone: stored.undone !== undefined,
    isComplete: merge !== null,
    isMergedOn: profiles.get(stored.kept)?.mergedInto != null,
    hasLater: carried === null,
    isTooLongAgo: later.length > LATER_MAX,
  });
  if (refusal !== null || merge === null) return { refusal: refusal ?? 'incomplete' };
  const came = [merge, ...merge.carried].map(({ id }) => id);
  const movedMessages = await readMovedMessages(c, came, later);
  const readMoved = async (names: readonly string[]): Promise<Map<string, string[]>> => {
    const filter = { profileId: merge.kept, moved: { $in: came } };
    const ids = { projection: { _id: 1, moved: 1 }, ...LATEST };
    const found = await Promise.all([
      c.runs.find(filter, ids).toArray(),
      names.length === 0
        ? []
        : c.events.find({ ...filter, name: { $in: [...names] } }, ids).toArray(),
    ]);
    return new Map(found.flat().map(({ _id, moved = [] }) => [_id, [...moved]]));
  };
  return { merge, profiles, later, movedMessages, readMoved };
}

/** Null for a merge of which not everything was kept. */
function recordOf(stored: StoredMerge, carried: readonly LaterMerge[]): MergeRecord | null {
  const { _id: id, kept, merged, eventId, identities } = stored;
  const { keptSnapshot, snapshot, orders, keptIdentities } = stored;
  if (!keptSnapshot || !snapshot || !orders || !keptIdentities) return null;
  const both = { keptSnapshot, snapshot, orders };
  return { id, kept, merged, eventId, identities, keptIdentities, carried, ...both };
}

/** Merges into the kept profile since this one, in their order; one more than are carried at most. */
function laterMerges(
  { merges }: Pick<Collections, 'merges'>,
  { kept, revision = 0, place = 0 }: StoredMerge,
): Promise<StoredMerge[]> {
  return merges
    .find(
      {
        kept,
        undone: { $exists: false },
        $or: [{ revision: { $gt: revision } }, { revision, place: { $gt: place } }],
      },
      { projection: { keptSnapshot: 0, held: 0 }, ...LATEST },
    )
    .sort({ revision: 1, place: 1 })
    .limit(CARRIED_MAX + 1)
    .toArray();
}

/** Null where not everything was kept that carrying them along needs, the events that made them included. */
function carriedOf(
  since: readonly StoredMerge[],
  later: readonly StoredEvent[],
): LaterMerge[] | null {
  const carried: LaterMerge[] = [];
  const known = new Set(later.map(({ _id }) => _id));
  for (const { _id: id, merged, eventId, source, snapshot, orders, identities } of since) {
    if (!snapshot || !orders || !known.has(eventId)) return null;
    const own = orders.filter(({ profileId }) => profileId === merged);
    const unproven = source === 'browser';
    carried.push({ id, merged, eventId, snapshot, orders: own, identities, unproven });
  }
  return carried.length > CARRIED_MAX ? null : carried;
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

async function readMovedMessages(
  { messages }: Pick<Collections, 'messages'>,
  merges: readonly string[],
  later: readonly StoredEvent[],
): Promise<Map<string, string>> {
  const named = later.map(({ properties }) => properties.message_id);
  const ids = named.filter((one) => typeof one === 'string');
  if (ids.length === 0) return new Map();
  const rows = await messages
    .find({ _id: { $in: ids }, moved: { $in: [...merges] } }, LATEST)
    .project<{ _id: string; moved: string[] }>({ _id: 1, moved: 1 })
    .toArray();
  // Of one profile after another it was moved by the last of these merges into the kept one.
  return new Map(
    rows.flatMap(({ _id, moved }) => {
      const by = moved.findLast((one) => merges.includes(one));
      return by === undefined ? [] : [[_id, by]];
    }),
  );
}
