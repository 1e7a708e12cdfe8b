import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { ReconcileCounts, StoredDrift, StoredReconcile } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** Reports are looked back at as long as the visits they are about. */
const REPORTS_KEPT_MS = 400 * DAY_MS;

/** Untrue profiles shown with a report: enough to see what they have in common. */
const SHOWN_MAX = 100;

/** What a reconcile is to look at. */
export interface Wanted {
  id: string;
  share: number | null;
  profiles: readonly string[];
  repair: boolean;
  who: StoredReconcile['who'];
}

/** What one page of profiles came to. */
export interface PageResult {
  /** The id of its last profile. */
  reached: string;
  counts: ReconcileCounts;
  drifts: readonly Omit<StoredDrift, 'at' | 'reconcile'>[];
  /** Ids of those that are true, or gone. */
  settled: readonly string[];
}

/** The reports of reconciles, and who is not as their events say. */
export interface ReconcileStore {
  /** Begins one, at most once for each id. A share begins where the share before ended. */
  begin(wanted: Wanted, at: number): Promise<StoredReconcile>;
  find(id: string): Promise<StoredReconcile | null>;
  /** Newest first. */
  list(request: PageRequest): Promise<Page<StoredReconcile>>;
  /** Untrue profiles that a reconcile found and that none after it found true: the first by id. */
  drifts(id: string): Promise<StoredDrift[]>;
  /** Ids of living profiles after an id, in order. */
  idsAfter(id: string, limit: number): Promise<string[]>;
  /** False when somebody else noted this page before. */
  note(before: StoredReconcile, result: PageResult, at: number): Promise<boolean>;
  end(id: string, at: number): Promise<void>;
  /** Ids of those that are not done. */
  running(): Promise<string[]>;
  /** Whether no segment has been filling since an instant (epoch ms). */
  isFilledSince(at: number): Promise<boolean>;
}

const NO_COUNTS: ReconcileCounts = { looked: 0, drifted: 0, repaired: 0, unproven: 0, skipped: 0 };

type Used = Pick<Collections, 'reconciles' | 'drifts' | 'profiles' | 'segments'>;

export function createReconcileStore(c: Used): ReconcileStore {
  return {
    begin: (wanted, at) => begin(c, wanted, at),
    find: (id) => c.reconciles.findOne({ _id: id }),
    list: (request) => list(c, request),
    drifts: (id) => c.drifts.find({ reconcile: id }).sort({ _id: 1 }).limit(SHOWN_MAX).toArray(),
    async idsAfter(id, limit) {
      const rows = await c.profiles
        .find({ _id: { $gt: id }, mergedInto: null, erasedAt: null })
        .sort({ _id: 1 })
        .limit(limit)
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return rows.map(({ _id }) => _id);
    },
    note: (before, result, at) => note(c, before, { result, at }),
    async end(id, at) {
      const ended = { status: 'completed' as const, endedAt: at };
      await c.reconciles.updateOne({ _id: id, status: 'running' }, { $set: ended });
    },
    async running() {
      const rows = await c.reconciles
        .find({ status: 'running' })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return rows.map(({ _id }) => _id);
    },
    async isFilledSince(at) {
      const filling = { condition: { $ne: null }, isKept: true };
      const found = await c.segments.findOne({
        ...filling,
        $or: [{ filledAt: null }, { filledAt: { $gt: at } }],
      });
      return found === null;
    },
  };
}

async function begin(
  { reconciles, profiles }: Pick<Collections, 'reconciles' | 'profiles'>,
  { id, share, profiles: wanted, repair, who }: Wanted,
  at: number,
): Promise<StoredReconcile> {
  const known = await reconciles.findOne({ _id: id });
  if (known !== null) return known;
  const all = share === null ? 0 : await profiles.estimatedDocumentCount();
  const isRolling = share !== null && share < 1;
  const made: StoredReconcile = {
    _id: id,
    ...{ share, profiles: [...new Set(wanted)].sort(), repair, who, status: 'running' },
    of: share === null ? wanted.length : Math.ceil(all * share),
    reached: isRolling ? await lastReached(reconciles) : '',
    ...{ counts: NO_COUNTS, kinds: {}, startedAt: at, endedAt: null },
    expiresAt: new Date(at + REPORTS_KEPT_MS),
  };
  await reconciles.updateOne({ _id: id }, { $setOnInsert: made }, { upsert: true });
  return (await reconciles.findOne({ _id: id })) ?? made;
}

/** Where the rolling share before ended; past the last profile the next one begins anew. */
async function lastReached(reconciles: Collections['reconciles']): Promise<string> {
  const [before] = await reconciles
    .find({ share: { $gt: 0, $lt: 1 } })
    .sort({ startedAt: -1, _id: -1 })
    .limit(1)
    .toArray();
  return before?.reached ?? '';
}

async function list(
  { reconciles }: Pick<Collections, 'reconciles'>,
  { limit, after }: PageRequest,
): Promise<Page<StoredReconcile>> {
  const older =
    after === null
      ? {}
      : {
          $or: [{ startedAt: { $lt: after.at } }, { startedAt: after.at, _id: { $lt: after.id } }],
        };
  const rows = await reconciles
    .find(older)
    .sort({ startedAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(rows, limit, ({ startedAt, _id }) => ({ at: startedAt, id: _id }));
}

async function note(
  c: Pick<Collections, 'reconciles' | 'drifts'>,
  { _id, reached: before }: StoredReconcile,
  { result, at }: { result: PageResult; at: number },
): Promise<boolean> {
  const { reached, counts, drifts, settled } = result;
  if (settled.length > 0) await c.drifts.deleteMany({ _id: { $in: [...settled] } });
  if (drifts.length > 0) {
    await c.drifts.bulkWrite(
      drifts.map((drift) => ({
        replaceOne: {
          filter: { _id: drift._id },
          replacement: { ...drift, at, reconcile: _id },
          upsert: true,
        },
      })),
    );
  }
  const more: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) more[`counts.${name}`] = Number(count);
  for (const kind of drifts.flatMap(({ paths }) => kindsOf(paths))) {
    more[`kinds.${kind}`] = (more[`kinds.${kind}`] ?? 0) + 1;
  }
  const done = await c.reconciles.updateOne(
    { _id, status: 'running', reached: before },
    { $set: { reached }, $inc: more },
  );
  return done.matchedCount === 1;
}

/** `traits.orders_count` is one of the traits. */
function kindsOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.split('.')[0] ?? path))];
}
