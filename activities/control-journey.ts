import type { LiveJourney } from '#domain/apply/live-journey.ts';
import { watchPublished } from '#domain/apply/watch.ts';
import { Work } from '#domain/apply/work.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { NO_SEGMENTS } from '#domain/segment/catalogue.ts';
import type { ControlStore } from '#journeys/control-store.ts';
import { inParts } from '#platform/in-parts.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { Fenced } from '#platform/transaction.ts';
import type { ControlInput } from '#workflows/contract.ts';
import { commitPlan, type ApplyDeps } from './router/write-plan.ts';
import { eventsAsked } from './router/events-asked.ts';
import type { RunStarter } from './router/run-starter.ts';

export interface ControlDeps extends ApplyDeps {
  control: ControlStore;
  starter: RunStarter;
  logger: Pick<Logger, 'error'>;
}

/** What these long activities need of the one they run in: a walk goes on where it was. */
export interface Walk {
  /** Where an earlier attempt had come to; null at the start. */
  reached: string | null;
  heartbeat(reached: string): void;
}

/** Profiles looked at in one transaction. */
const PROFILES_A_PAGE = 200;
const RUNS_A_PAGE = 200;

/**
 * After a publish: gives every profile its watch for a journey entered by a condition or a date,
 * and lets in those for whom the condition is true already, where the journey says so.
 */
export async function fillWatches(
  deps: ControlDeps,
  { journey: key }: ControlInput,
  walk: Walk,
): Promise<void> {
  let reached = walk.reached;
  let size = PROFILES_A_PAGE;
  for (;;) {
    const journey = (await deps.versions.live()).find((live) => live.key === key);
    if (journey === undefined || !isWatched(journey)) return;
    const page = await deps.profiles.after(reached, size);
    const last = page.at(-1);
    if (last === undefined) return;
    try {
      await inParts(page, (part, bytesMax) => fillPage(deps, journey, part, bytesMax));
    } catch (error) {
      const isCulprit = page.length === 1 && isOurFault(error);
      if (!isCulprit && !(error instanceof Fenced || isOurFault(error))) throw error;
      // Somebody in this page was changed meanwhile, or cannot be looked at and must not hold up the
      // others: the next try is of half as many.
      size = Math.max(1, Math.floor(size / 2));
      if (!isCulprit) continue;
      noteUnwatched(deps, key, { profileId: last._id, error });
    }
    size = Math.min(PROFILES_A_PAGE, size * 2);
    reached = last._id;
    walk.heartbeat(reached);
  }
}

/**
 * A customer whom one journey cannot look at is not watched for that journey: what time brings for
 * the others and for segments goes on, so the profile stays on the clock.
 */
function noteUnwatched(
  { logger }: Pick<ControlDeps, 'logger'>,
  journey: string,
  { profileId, error }: { profileId: string; error: unknown },
): void {
  const fault = errorCode(error);
  logger.error({ profileId, journey, fault, place: errorPlace(error) }, 'profile not watched');
}

function isWatched({ definition: { entry } }: LiveJourney): boolean {
  return 'becomes' in entry || 'date' in entry;
}

async function fillPage(
  deps: ControlDeps,
  journey: LiveJourney,
  page: readonly Profile[],
  bytesMax: number,
): Promise<void> {
  const ids = page.map((profile) => profile._id);
  const [pastEvents, priorRuns] = await Promise.all([
    deps.events.past(ids, eventsAsked([journey], null, deps.clock()), bytesMax),
    deps.runs.prior(ids, [journey.key]),
  ]);
  const { settings, clock } = deps;
  const work = new Work({
    events: [],
    profiles: new Map(page.map((profile) => [profile._id, profile])),
    orders: new Map(),
    pastEvents,
    priorRuns,
    journeys: [journey],
    segments: NO_SEGMENTS,
    settings,
    now: clock(),
  });
  for (const profile of page) {
    if (profile.mergedInto !== null) continue;
    const watched = watchPublished(work, journey, profile);
    if (watched !== profile) work.setProfile(watched);
  }
  await commitPlan(deps, work.plan());
  for (const { id: _id, version, profileId } of work.runs) {
    await deps.starter.start({ _id, journey: journey.key, version, profileId });
  }
}

/** Tells every run under way that its journey's status changed: stopped runs end, held ones go on. */
export async function signalRuns(
  deps: ControlDeps,
  { journey }: ControlInput,
  walk: Walk,
): Promise<void> {
  const [status, stoppedAt] = await Promise.all([
    deps.versions.statusFor(journey, Infinity),
    deps.versions.stoppedAt(journey),
  ]);
  let after = walk.reached ?? '';
  for (;;) {
    const page = { after, limit: RUNS_A_PAGE, withHeld: status === 'live', enteredBy: stoppedAt };
    const ids = await deps.runs.underWay(journey, page);
    if (ids.length === 0) return;
    for (const id of ids) await deps.starter.control(id);
    after = ids.at(-1) ?? after;
    walk.heartbeat(after);
  }
}
