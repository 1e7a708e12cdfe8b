import { advance } from '#domain/journey/advance.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { toRunTime, type RunClock } from '#domain/journey/rehearsal.ts';
import type { Happening, RunState, Transition } from '#domain/journey/run.ts';
import type { EventStore } from '#events/event-store.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { JsonObject } from '#domain/json.ts';
import type { RunWorld } from './run-world.ts';

export interface AdvanceDeps {
  runs: RunStore;
  events: EventStore;
  versions: JourneyVersions;
  world: RunWorld;
  clock: Clock;
  /** How long ended runs are kept, in ms; null: for good. */
  runsKeptMs: number | null;
}

/** How an execution came about: over a provider's queue, over that of calls, or locally. */
export interface Execution {
  via: string | null;
  calls?: AbortSignal;
}

/** One transition under way: what was read for it. */
export interface Turn {
  deps: AdvanceDeps;
  run: StoredRun;
  journey: Journey;
  clock: RunClock;
  status: string | null;
  /** The customer as read for this transition; null if there is none. */
  person: Profile | null;
  zone: string;
  /** Where the run stood before; null when it begins. */
  stood: RunState | null;
  /** The provider whose queue this execution came over; null: none. */
  via: string | null;
  /** Set where slow calls may be made; aborted when nobody waits for them any more. */
  calls: AbortSignal | null;
  /** What webhooks answered in this transition, by step. */
  responses: Record<string, JsonObject>;
  /** Whether something was read that may read differently the next time. */
  decided: boolean;
}

/** Tells the engine one thing that happened. */
export function step(turn: Turn, state: RunState, happening: Happening): Transition {
  const { entry } = turn.run;
  const own = { ...entry, at: toRunTime(turn.clock, entry.at) };
  return advance(turn.journey, state, happening, { entry: own, zone: turn.zone });
}

/** Goes on from one transition with the next happening, keeping the whole way walked. */
export function then(turn: Turn, from: Transition, happening: Happening): Transition {
  const next = step(turn, from.state, happening);
  return { ...next, walked: [...from.walked, ...next.walked] };
}
