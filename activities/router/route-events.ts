import { runEvent } from '#domain/apply/enter.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { exitMatches, goalMatches } from '#domain/journey/match-entry.ts';
import { isBeforeRun } from '#domain/journey/is-before-run.ts';
import { eventInRunTime } from '#domain/journey/rehearsal.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import type { EventStore } from '#events/event-store.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { PassDevices } from './pass-devices.ts';
import type { ReviveRuns } from './revive-runs.ts';
import type { RunStarter } from './run-starter.ts';

export interface RouteDeps {
  events: EventStore;
  runs: RunStore;
  versions: JourneyVersions;
  starter: RunStarter;
  /** Answers for a run under way whose workflow is gone. */
  revival: Pick<ReviveRuns, 'answer'>;
  passDevices: PassDevices;
  clock: Clock;
  /** Hears of events whose runs were told, for the figures. */
  onRouted?: (events: readonly StoredEvent[]) => void;
}

/** Profiles told at once; one profile's events are told one after the other. */
const PROFILES_AT_ONCE = 32;

/**
 * Tells runs what happened to their customers: starts those an event began, signals those that
 * listen, notes goals; takes devices from those who have them no more. Safe to repeat: starts and
 * signals carry ids of their own.
 */
export async function routeEvents(deps: RouteDeps, events: readonly StoredEvent[]): Promise<void> {
  await deps.passDevices(events);
  const profileIds = [...new Set(events.map((event) => event.profileId))];
  const names = [...new Set(events.map((event) => event.name))];
  const oldest = events.reduce((at, event) => Math.min(at, event.occurredAt), Infinity);
  const runIds = events.flatMap((event) => runOfReceipt(event) ?? []);
  const [concerned, receivers] = await Promise.all([
    deps.runs.concerned(profileIds, names, oldest),
    runIds.length === 0 ? [] : deps.runs.byIds([...new Set(runIds)]),
  ]);
  const byProfile = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const list = byProfile.get(event.profileId);
    if (list === undefined) byProfile.set(event.profileId, [event]);
    else list.push(event);
  }
  const queue = [...byProfile.entries()];
  const workers = Array.from({ length: Math.min(PROFILES_AT_ONCE, queue.length) }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [profileId, ofProfile] = next;
      const runs = concerned.filter((run) => run.profileId === profileId);
      for (const event of ofProfile) {
        await tellRuns(deps, event, runs);
        if (event.merges !== undefined) await tellPast(deps, profileId);
        await tellReceiver(deps, event, receivers);
      }
    }
  });
  await Promise.all(workers);
  await deps.events.markRouted(events.map((event) => event._id));
  deps.onRouted?.(events);
}

async function tellRuns(
  deps: RouteDeps,
  event: StoredEvent,
  runs: readonly StoredRun[],
): Promise<void> {
  for (const run of runs) await tellRun(deps, event, run);
}

/** Says whether the event ends the run. */
async function tellRun(deps: RouteDeps, event: StoredEvent, run: StoredRun): Promise<boolean> {
  if (run.entry.id === event._id || isBeforeRun(event, run)) return false;
  const version = await deps.versions.version(run.journey, run.version);
  if (version === null) return false;
  await noteGoal(deps, run, event);
  if (run.status !== 'running') return false;
  const exits = exitMatches(version.definition, run.entry, runEvent(event)) !== null;
  if (exits || run.listens.events.includes(event.name)) await signal(deps, run, event._id);
  return exits;
}

/**
 * Runs of a merged profile learn what its person did under the other identity meanwhile: who bought
 * the cart before they were recognised must not be reminded of it.
 */
async function tellPast(deps: RouteDeps, profileId: string): Promise<void> {
  const runs = await deps.runs.underWayOf(profileId);
  if (runs.length === 0) return;
  // A run without a workflow sees for itself, once it has one, that an older one goes on.
  for (const run of runs) if (run.overtaken === true) await deps.starter.control(run._id);
  const names = runs.flatMap(({ exits, goal }) => (goal === null ? exits : [...exits, goal.event]));
  const since = Math.min(...runs.map(({ entry, enteredAt }) => Math.min(entry.at, enteredAt)));
  for await (const event of deps.events.receivedSince(profileId, [...new Set(names)], since)) {
    for (const [index, run] of runs.entries()) {
      // One exit is enough: of years of orders a run need not be told one by one.
      if (await tellRun(deps, event, run)) runs[index] = { ...run, status: 'exited' };
    }
  }
}

async function noteGoal(deps: RouteDeps, run: StoredRun, event: StoredEvent): Promise<void> {
  if (run.goal?.event !== event.name || run.conversion !== null) return;
  const version = await deps.versions.version(run.journey, run.version);
  if (version === null) return;
  const clock = { enteredAt: run.enteredAt, speed: run.speed ?? 1 };
  const goal = goalMatches(version.definition, run.entry, eventInRunTime(clock, runEvent(event)));
  if (goal === null) return;
  const value = typeof goal.value === 'number' ? goal.value : null;
  await deps.runs.convert(run._id, { eventId: event._id, at: event.occurredAt, value });
}

async function tellReceiver(
  deps: RouteDeps,
  event: StoredEvent,
  receivers: readonly StoredRun[],
): Promise<void> {
  const runId = runOfReceipt(event);
  if (runId === null) return;
  const run = receivers.find((one) => one._id === runId);
  if (run?.status !== 'running' || !run.listens.receipts) return;
  if (isNews(run, event)) await signal(deps, run, event._id);
}

/** That a message was accepted is news only to a run whose own call broke off. */
function isNews({ latest }: StoredRun, event: StoredEvent): boolean {
  if (RECEIPT_EVENTS[event.name]?.receipt !== 'accepted') return true;
  return latest?.transition.state.sending?.phase === 'unsure';
}

function runOfReceipt(event: StoredEvent): string | null {
  const messageId = event.properties.message_id;
  if (RECEIPT_EVENTS[event.name] === undefined || typeof messageId !== 'string') return null;
  return messageId.split('/')[0] ?? null;
}

/** A run whose workflow was never started is started first: a signal to nobody would be lost. */
async function signal(deps: RouteDeps, run: StoredRun, eventId: string): Promise<void> {
  // Held back after its workflow failed: it looks back for what it missed when it goes on.
  if (run.unstarted === true && (run.revived?.startAt ?? 0) > deps.clock()) return;
  if (run.unstarted === true) await deps.starter.start(run);
  const ref = await deps.events.refer(eventId);
  if (await deps.starter.signal(run._id, ref)) return;
  const standing = await deps.starter.standing(run._id);
  if (standing !== 'running') await deps.revival.answer(run._id, standing);
  // It was started again in this very moment, maybe from before this event was known.
  else await deps.starter.signal(run._id, ref);
}
