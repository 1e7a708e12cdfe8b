import { setTimeout as sleep } from 'node:timers/promises';
import { noteDefinitions } from '#domain/apply/note-definitions.ts';
import { Work } from '#domain/apply/work.ts';
import { reads } from '#domain/condition/reads.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Logger } from '#platform/logger.ts';
import { inParts } from '#platform/in-parts.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { Fenced } from '#platform/transaction.ts';
import type { FillStore } from '#segments/fill-store.ts';
import type { FillInput } from '#workflows/contract.ts';
import type { Walk } from './control-journey.ts';
import { commitPlan, type ApplyDeps } from './router/write-plan.ts';
import { pastAsked } from './router/events-asked.ts';
import { putOff } from './router/put-off.ts';

export interface FillDeps extends ApplyDeps {
  fills: FillStore;
  logger: Pick<Logger, 'error'>;
}

/** Profiles looked at in one transaction: short enough that no event waits for it. */
const PROFILES_A_PAGE = 200;

/** Memberships of a removed segment taken away at once. */
const FORGOTTEN_A_PAGE = 500;

/**
 * Of the time a page took, so much is rested before the next: a half of the time at most is taken
 * from the events that come in meanwhile.
 */
const REST_SHARE = 1;

/**
 * Looks at every profile for the segments defined up to a generation, and marks them filled. One
 * that finds a newer definition leaves all to its filling. Who is made while it walks is found by
 * another round: it ends with a round that finds nobody.
 */
export async function fillSegments(
  deps: FillDeps,
  { generation, removed }: FillInput,
  walk: Walk,
): Promise<void> {
  if (removed !== undefined) {
    await forget(deps, { generation, removed }, walk);
    return;
  }
  const isOver = async (): Promise<boolean> => {
    const unfilled = await deps.fills.unfilled();
    return unfilled === null || unfilled > generation;
  };
  let from = walk.reached ?? '';
  for (;;) {
    const looked = await walkUnseen(deps, generation, { from, walk, isOver });
    // A round that went on in the middle says nothing of those before.
    if (looked === 0 && from === '') break;
    from = '';
  }
  if (!(await isOver())) await deps.fills.noteFilled(generation, deps.clock());
}

/**
 * Looks again for profiles that were written, by the light of older definitions, while the filling
 * had passed them already.
 */
export async function lookAgain(
  deps: FillDeps,
  { generation, removed }: FillInput,
  walk: Walk,
): Promise<void> {
  if (removed !== undefined) {
    await forget(deps, { generation, removed }, walk);
    await deps.fills.noteForgotten(removed, generation);
    return;
  }
  const isOver = (): Promise<boolean> => Promise.resolve(false);
  await walkUnseen(deps, generation, { from: walk.reached ?? '', walk, isOver });
}

async function forget(
  deps: FillDeps,
  { generation, removed }: { generation: number; removed: string },
  walk: Walk,
): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    const forgotten = await deps.fills.forget(removed, generation, FORGOTTEN_A_PAGE);
    if (forgotten === 0) return;
    walk.heartbeat('');
    await rest(startedAt);
  }
}

interface Round {
  /** The id after which it begins. */
  from: string;
  walk: Walk;
  isOver: () => Promise<boolean>;
}

/** One round over the profiles not looked at yet, in the order of ids; answers how many it did. */
async function walkUnseen(
  deps: FillDeps,
  generation: number,
  { from, walk, isOver }: Round,
): Promise<number> {
  const of = await deps.fills.count();
  let reached = from;
  let looked = 0;
  let size = PROFILES_A_PAGE;
  while (!(await isOver())) {
    const startedAt = performance.now();
    const page = await deps.fills.unseen(generation, reached, size);
    const last = page.at(-1);
    if (last === undefined) break;
    const done = await lookAt(deps, page);
    if (done === null) {
      // Somebody in this page was changed meanwhile. Among few customers of whom each does
      // something all the time, no large page may ever pass: the next try is of half as many.
      size = Math.max(1, Math.floor(size / 2));
      await rest(startedAt);
      continue;
    }
    size = Math.min(PROFILES_A_PAGE, size * 2);
    looked += done;
    reached = last._id;
    walk.heartbeat(reached);
    await deps.fills.noteProgress(generation, { looked: page.length, of });
    await rest(startedAt);
  }
  return looked;
}

/** As `fillPage`; null where somebody in it was changed meanwhile. */
async function lookAt(deps: FillDeps, page: readonly Profile[]): Promise<number | null> {
  try {
    const done = await inParts(page, (part, bytesMax) => fillPage(deps, part, bytesMax));
    return done.reduce((sum, looked) => sum + looked, 0);
  } catch (error) {
    if (error instanceof Fenced) return null;
    if (!isOurFault(error)) throw error;
    return fillSingly(deps, page);
  }
}

/** `startedAt` by `performance.now()`. */
async function rest(startedAt: number): Promise<void> {
  await sleep((performance.now() - startedAt) * REST_SHARE);
}

/** Answers how many of these were looked at for something new. */
async function fillPage(
  deps: FillDeps,
  page: readonly Profile[],
  bytesMax = Infinity,
): Promise<number> {
  const { settings, clock } = deps;
  const [segments, live] = await Promise.all([deps.segments.catalogue(), deps.versions.live()]);
  // They are not begun by it, but have to know it.
  const journeys = live.filter(({ definition: { entry } }) => {
    return 'becomes' in entry && reads(entry.becomes).segments;
  });
  const now = clock();
  const pastEvents = await deps.events.past(
    page.map(({ _id }) => _id),
    pastAsked({ journeys, segments, profiles: page }, null, now),
    bytesMax,
  );
  const work = new Work({
    events: [],
    profiles: new Map(page.map((profile) => [profile._id, profile])),
    orders: new Map(),
    pastEvents,
    priorRuns: [],
    journeys,
    segments,
    settings,
    now,
  });
  let looked = 0;
  for (const profile of page) {
    const filled = noteDefinitions(work, profile);
    if (filled === profile) continue;
    work.setProfile(filled);
    looked += 1;
  }
  await commitPlan(deps, work.plan());
  return looked;
}

/** One profile that cannot be looked at must not hold up the others: it is marked with a code. */
async function fillSingly(deps: FillDeps, page: readonly Profile[]): Promise<number> {
  let looked = 0;
  for (const profile of page) {
    try {
      looked += await fillPage(deps, [profile]);
    } catch (error) {
      // Changed meanwhile: the next round finds it.
      if (error instanceof Fenced) looked += 1;
      else if (isOurFault(error)) await putOff(deps, profile._id, error);
      else throw error;
    }
  }
  return looked;
}
