import { foldDue } from '#domain/apply/fold-batch.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { inParts } from '#platform/in-parts.ts';
import type { Logger } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { pastAsked } from './events-asked.ts';
import { startPlanned } from './left-runs.ts';
import { putOff } from './put-off.ts';
import type { Talk } from './talk.ts';
import { commitPlan, type ApplyDeps } from './write-plan.ts';

/** Profiles whose instant has come, looked at in one turn. */
const DUE_MAX = 300;

/** What of an owner of partitions looks at what time brings. */
interface DueOwner {
  deps: ApplyDeps & { logger: Pick<Logger, 'error'> };
  talk: Talk;
  partitions: readonly number[];
}

/** Those who have an event in the queue that begins with this one. */
async function waitingOf(
  { events }: ApplyDeps,
  profiles: readonly Profile[],
  first: StoredEvent | undefined,
): Promise<ReadonlySet<string>> {
  if (first === undefined) return new Set();
  return events.waitingFor(
    profiles.map(({ _id }) => _id),
    first.receivedAt,
  );
}

/**
 * What time brings is looked at only by the light of all that happened before: where events queue,
 * those who have one in the queue are left for later.
 */
export async function turnDue(
  owner: DueOwner,
  queue: readonly StoredEvent[],
  now: number,
): Promise<number> {
  const { deps, partitions } = owner;
  const found = await deps.profiles.due(partitions, now, DUE_MAX);
  const waiting = await waitingOf(deps, found, queue[0]);
  const due = found.filter(({ _id }) => !waiting.has(_id));
  if (due.length === 0) return 0;
  try {
    await inParts(due, (part, bytesMax) => foldProfiles(owner, part, bytesMax));
  } catch (error) {
    if (!isOurFault(error)) throw error;
    await foldSingly(owner, due);
  }
  return due.length;
}

async function foldProfiles(
  owner: DueOwner,
  due: readonly Profile[],
  bytesMax = Infinity,
): Promise<void> {
  const { deps, talk } = owner;
  const now = deps.clock();
  const [journeys, segments] = await Promise.all([deps.versions.live(), deps.segments.catalogue()]);
  const ids = due.map((profile) => profile._id);
  const asked = pastAsked({ journeys, segments, profiles: due }, null, now);
  const [pastEvents, priorRuns] = await Promise.all([
    deps.events.past(ids, asked, bytesMax),
    deps.runs.prior(
      ids,
      journeys.map((journey) => journey.key),
    ),
  ]);
  const profiles = new Map(due.map((profile) => [profile._id, profile]));
  const read = { profiles, orders: new Map(), pastEvents, priorRuns, journeys, segments };
  const plan = foldDue({ ...read, events: [], settings: deps.settings, now: deps.clock() }, ids);
  await commitPlan(deps, plan);
  if (plan.runs.length > 0) await talk.hold(() => startPlanned(talk.starter, plan));
}

/** One profile that cannot be looked at must not hold up the others: it is marked with a code. */
async function foldSingly(owner: DueOwner, due: readonly Profile[]): Promise<void> {
  for (const profile of due) {
    try {
      await foldProfiles(owner, [profile]);
    } catch (error) {
      if (!isOurFault(error)) throw error;
      await putOff(owner.deps, profile._id, error);
    }
  }
}
