import type { StoredEvent } from '#domain/event/event.ts';
import { PARTITIONS } from '#domain/profile/identity.ts';
import { eventRef } from '#platform/hash.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import { TooMuchToHold } from '#platform/in-parts.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import { Fenced } from '#platform/transaction.ts';
import type { OwnPartitionsInput } from '#workflows/contract.ts';
import { applyBatch, TELLING_MAX, TooManyRuns } from './apply-batch.ts';
import { BatchSize } from './batch-size.ts';
import { LeftRuns, startPlanned } from './left-runs.ts';
import { QueueFront } from './queue-front.ts';
import type { ReviveRuns } from './revive-runs.ts';
import { routeEvents, type RouteDeps } from './route-events.ts';
import { Talk } from './talk.ts';
import { turnDue } from './turn-due.ts';
import type { AppliedBatch, ApplyDeps } from './write-plan.ts';

export interface OwnerDeps extends ApplyDeps, RouteDeps {
  /** Carries out changes of journeys' status that Temporal was not told of. */
  redrive(): Promise<void>;
  revival: ReviveRuns;
  logger: Logger;
  /** Resolves when something new may be there for one of these partitions, or after `ms`. */
  awaitNews(partitions: readonly number[], ms: number): Promise<void>;
  /** Says that this owner, one of so many, is alive. */
  beat(owner: number, owners: number): Promise<void>;
}

/** Looked at even without news: a lost wake-up costs no more than this. */
const IDLE_MS = 1_000;
/** However long the queue of events: time is looked at no less often than this. */
const DUE_EVERY_MS = 2_000;

/**
 * Owns a share of the partitions: applies their events in order, routes them to runs, and looks
 * again at profiles whose instant has come, until `isOver` says to hand over. Two owners at once
 * are harmless: the late one is fenced by the state of the events and the revision of the profiles.
 */
export async function ownPartitions(
  given: OwnerDeps,
  input: OwnPartitionsInput,
  isOver: () => boolean,
): Promise<void> {
  const talk = new Talk(given);
  const deps = { ...given, starter: talk.starter };
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
    (partition) => partition % input.owners === input.owner,
  );
  const tenant: Tenant = {
    deps,
    talk,
    partitions,
    mayHaveUntold: true,
    front: new QueueFront(),
    size: new BatchSize(),
    left: new LeftRuns(deps, talk, partitions),
    lookedDueAt: 0,
  };
  while (!isOver()) {
    try {
      await deps.beat(input.owner, input.owners);
      const worked = await turn(tenant);
      if (!worked) await deps.awaitNews(partitions, await idleMs(deps, partitions));
    } catch (error) {
      // A commit may have gone through though its answer was lost: its runs must be told.
      tenant.mayHaveUntold = true;
      if (!(error instanceof Fenced)) {
        deps.logger.warn(
          { code: errorCode(error), place: errorPlace(error) },
          'router turn failed',
        );
      }
      await deps.awaitNews([], 200);
    }
  }
  await tenant.left.close();
  await talk.ended();
}

async function idleMs(deps: OwnerDeps, partitions: readonly number[]): Promise<number> {
  const due = await deps.profiles.nextDue(partitions);
  return due === null ? IDLE_MS : Math.min(IDLE_MS, Math.max(1, due - deps.clock()));
}

/** What an owner keeps between turns. */
interface Tenant {
  deps: OwnerDeps;
  talk: Talk;
  partitions: readonly number[];
  /** Events may be applied whose runs were not told: after a crash, or while Temporal is away. */
  mayHaveUntold: boolean;
  /** Where the queue of accepted events begins, as far as is known. */
  front: QueueFront;
  /** How many of them are taken at once. */
  size: BatchSize;
  /** Runs whose start was cut off. */
  left: LeftRuns;
  /** Epoch ms: when it was last looked what time brought. */
  lookedDueAt: number;
}

/** One turn: events first, then what time brought. Says whether there was anything to do. */
async function turn(tenant: Tenant): Promise<boolean> {
  const { deps } = tenant;
  const told = await tellUntold(tenant);
  const limit = tenant.size.next;
  const accepted = await lookForAccepted(tenant, limit);
  if (accepted.length > 0) await applyAndRoute(tenant, accepted);
  const isBehind = accepted.length === limit;
  const isDue = !isBehind || deps.clock() - tenant.lookedDueAt >= DUE_EVERY_MS;
  // Of a short batch, too, some may wait still: for a merge before them, say.
  const due = isDue ? await lookForDue(tenant, accepted) : 0;
  const isCaughtUp = await tenant.left.start();
  return told > 0 || accepted.length > 0 || due > 0 || !isCaughtUp;
}

async function lookForAccepted(tenant: Tenant, limit: number): Promise<StoredEvent[]> {
  const { deps, partitions, front } = tenant;
  const look = { since: front.begin(deps.clock()), limit };
  const startedAt = performance.now();
  const accepted = await deps.events.pending(partitions, 'accepted', look);
  front.found(accepted, performance.now() - startedAt);
  return accepted;
}

/**
 * Runs that were not told yet are told first, so that each customer's order is kept. Profiles go on
 * being true while Temporal is away; runs are told when it is back.
 */
async function tellUntold(tenant: Tenant): Promise<number> {
  if (!tenant.mayHaveUntold || tenant.talk.isOpen) return 0;
  const { deps, partitions } = tenant;
  const untold = await deps.events.pending(partitions, 'applied', { limit: TELLING_MAX });
  if (untold.length === 0) {
    tenant.mayHaveUntold = false;
    return 0;
  }
  return (await tenant.talk.hold(() => routeEvents(deps, untold))) ? untold.length : 0;
}

/** Applies the first of these, which `taken` were at first, and tells runs of them. */
async function applyAndRoute(
  tenant: Tenant,
  accepted: readonly StoredEvent[],
  taken = accepted.length,
): Promise<void> {
  const { deps } = tenant;
  let done: AppliedBatch | null;
  try {
    done = await applyBatch(deps, accepted);
  } catch (error) {
    if (error instanceof TooMuchToHold || error instanceof TooManyRuns) {
      // The rest is still accepted: the next turn begins with it.
      await applyAndRoute(tenant, accepted.slice(0, Math.ceil(accepted.length / 2)), taken);
      return;
    }
    if (!isOurFault(error)) throw error;
    await setAsideCulprit(tenant, accepted, error);
    return;
  }
  if (done === null) return;
  const { plan, toTell, settled } = done;
  tenant.size.went(taken, toTell.length + settled.length);
  // It brings what waits for the other one into these partitions.
  if (toTell.some(isMergeOrUndo)) tenant.front.unsettle();
  deps.onRouted?.(settled);
  if (tenant.mayHaveUntold || (toTell.length === 0 && plan.runs.length === 0)) return;
  const isTold = await tenant.talk.hold(async () => {
    await startPlanned(deps.starter, plan);
    await routeEvents(deps, toTell);
  });
  tenant.mayHaveUntold = !isTold;
}

function isMergeOrUndo({ merges, undoes }: StoredEvent): boolean {
  return merges !== undefined || undoes !== undefined;
}

/** One bad event must not hold up its partition: found by halving, it is set aside, with a code. */
async function setAsideCulprit(
  tenant: Tenant,
  events: readonly StoredEvent[],
  error: unknown,
): Promise<void> {
  const { deps } = tenant;
  const [only] = events;
  if (events.length === 1 && only !== undefined) {
    const fault = errorCode(error);
    deps.logger.error(
      { event: eventRef(only._id), fault, place: errorPlace(error) },
      'event set aside',
    );
    await deps.events.setAside(only._id, fault);
    return;
  }
  const half = Math.ceil(events.length / 2);
  await applyAndRoute(tenant, events.slice(0, half));
}

async function lookForDue(tenant: Tenant, queue: readonly StoredEvent[]): Promise<number> {
  tenant.lookedDueAt = tenant.deps.clock();
  return turnDue(tenant, queue, tenant.lookedDueAt);
}
