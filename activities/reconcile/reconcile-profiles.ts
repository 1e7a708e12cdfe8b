import { setTimeout as sleep } from 'node:timers/promises';
import { tellChanges } from '#domain/apply/fold-batch.ts';
import { Work } from '#domain/apply/work.ts';
import { SECOND_MS } from '#domain/time/duration.ts';
import type { EventStore } from '#events/event-store.ts';
import type { StoredReconcile } from '#platform/documents.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { PageResult } from '#reconciles/reconcile-store.ts';
import { lookAtPage, type Look, type LookDeps } from './look-at-page.ts';

export interface ReconcileDeps extends LookDeps {
  profiles: Pick<ProfileStore, 'save' | 'replaceOrders'>;
  events: Pick<EventStore, 'tell'>;
  transact<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** Profiles read at one instant: some megabytes, and a part of a second. */
const PROFILES_A_PAGE = 100;

/**
 * Of the time a page took, so much is rested before the next: a third of the time at most is taken
 * from the events that come in meanwhile.
 */
const REST_SHARE = 2;

/** Between two looks at the same profile. */
const AGAIN_AFTER_MS = SECOND_MS;

/** A flip that is due is waited for a minute; whoever changes all the time is looked at next time. */
const LOOKS_MAX = 70;

/** What this walk needs of Temporal. */
export interface Beat {
  heartbeat: (reached: string) => void;
  /** Aborted when somebody else is to go on. */
  signal: AbortSignal;
}

/**
 * Looks at all the profiles that a reconcile is about, a page at a time, and notes page by page what
 * it found: after a crash it goes on with the page it was at.
 */
export async function reconcileProfiles(
  deps: ReconcileDeps,
  id: string,
  { heartbeat, signal }: Beat,
): Promise<void> {
  for (;;) {
    const report = await deps.reconciles.find(id);
    if (report?.status !== 'running') return;
    signal.throwIfAborted();
    heartbeat(report.reached);
    const startedAt = performance.now();
    const ids = await nextPage(deps, report);
    const last = ids.at(-1);
    if (last === undefined) {
      await deps.reconciles.end(id, deps.clock());
      return;
    }
    const result = await reconcilePage(deps, report, ids);
    await deps.reconciles.note(report, { ...result, reached: last }, deps.clock());
    await sleep((performance.now() - startedAt) * REST_SHARE, undefined, { signal });
  }
}

async function nextPage({ reconciles }: ReconcileDeps, report: StoredReconcile): Promise<string[]> {
  const { share, profiles, reached, counts, of } = report;
  if (share === null) return profiles.filter((id) => id > reached).slice(0, PROFILES_A_PAGE);
  const left = share < 1 ? of - counts.looked : PROFILES_A_PAGE;
  return left <= 0 ? [] : reconciles.idsAfter(reached, Math.min(left, PROFILES_A_PAGE));
}

type Judged = Extract<Look, { kind: 'judged' }>;

async function reconcilePage(
  deps: ReconcileDeps,
  report: StoredReconcile,
  ids: readonly string[],
): Promise<Omit<PageResult, 'reached'>> {
  const looks = await settledLooks(deps, ids);
  const drifts: Omit<PageResult, 'reached'>['drifts'][number][] = [];
  const settled: string[] = [];
  for (const look of looks) {
    if (look.kind === 'gone') settled.push(look.id);
    if (look.kind !== 'judged') continue;
    const { id, judgement } = look;
    if (judgement.paths.length === 0) settled.push(id);
    else {
      const repaired = report.repair && (await repair(deps, report, look));
      drifts.push({ _id: id, paths: judgement.paths, repaired });
    }
  }
  const judged = looks.filter((look) => look.kind === 'judged');
  await deps.histories.keep(
    judged.flatMap(({ kept: { checkpoint } }) => checkpoint ?? []),
    judged.flatMap(({ kept: { merged } }) => merged),
  );
  const counts = {
    looked: ids.length,
    drifted: drifts.length,
    repaired: drifts.filter(({ repaired }) => repaired).length,
    unproven: judged.filter(({ isProven }) => !isProven).length,
    skipped: looks.filter(({ kind }) => kind === 'unsettled' || kind === 'failed').length,
  };
  return { counts, drifts, settled };
}

/**
 * Looks until nothing is due for anybody. What is found untrue is looked at once more: clocks of
 * machines differ a little, and what somebody else's clock made true is so by ours a moment later.
 */
async function settledLooks(deps: ReconcileDeps, ids: readonly string[]): Promise<Look[]> {
  const done = new Map<string, Look>();
  const doubted = new Set<string>();
  let open = ids;
  for (let looked = 1; open.length > 0; looked += 1) {
    const again: string[] = [];
    for (const look of await lookAtPage(deps, open)) {
      done.set(look.id, look);
      const isDoubtful = isUntrue(look) && !doubted.has(look.id);
      if (isDoubtful) doubted.add(look.id);
      if (isDoubtful || look.kind === 'unsettled') again.push(look.id);
    }
    open = looked < LOOKS_MAX ? again : [];
    if (open.length > 0) await sleep(AGAIN_AFTER_MS);
  }
  return [...done.values()];
}

function isUntrue(look: Look): boolean {
  return look.kind === 'judged' && look.judgement.paths.length > 0;
}

/**
 * Writes what must be, and tells what was not told of who came into a segment or went out of it.
 * False where an event changed the profile meanwhile: the next reconcile finds it again.
 */
async function repair(
  deps: ReconcileDeps,
  { _id: reconcileId }: StoredReconcile,
  { judgement: { truth, changes } }: Judged,
): Promise<boolean> {
  const { profile, orders } = truth;
  const now = deps.clock();
  const work = new Work({
    ...{ events: [], profiles: new Map(), orders: new Map(), pastEvents: new Map() },
    ...{ priorRuns: [], journeys: [], segments: await deps.segments.catalogue() },
    ...{ settings: deps.settings, now },
  });
  tellChanges(work, profile._id, changes, { id: `reconcile:${reconcileId}` });
  try {
    await deps.transact(async (session) => {
      const written = { profile: { ...profile, updatedAt: now }, expected: profile.revision };
      await deps.profiles.save([written], session);
      await deps.profiles.replaceOrders(profile._id, orders, session);
      await deps.events.tell(work.told, session);
    });
    return true;
  } catch (error) {
    if (error instanceof Fenced) return false;
    throw error;
  }
}
