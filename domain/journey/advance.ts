import type { Journey } from '#domain/journey/journey.ts';
import { happenedAt, hearing } from '#domain/journey/heard-events.ts';
import { exitMatches } from '#domain/journey/match-entry.ts';
import type {
  Effect,
  Happening,
  HeardEvent,
  PathEntry,
  RunEntry,
  RunState,
  Transition,
} from '#domain/journey/run.ts';
import { kindOf } from '#domain/journey/steps/kinds.ts';
import type { Step } from '#domain/journey/steps/kinds.ts';
import type { Here, Turn } from '#domain/journey/steps/step-kind.ts';

/**
 * Steps one run may begin. A loop of one step an hour lasts six weeks with it, and a run's path
 * and history stay far below every limit of Temporal and of a Mongo document.
 */
export const HOPS_MAX = 1000;

/** What the engine knows of the run it moves. */
export interface RunContext {
  entry: RunEntry;
  /** The customer's IANA zone. */
  zone: string;
}

/**
 * The customer enters: the first step begins at `at` (epoch ms). It counts what happens from
 * `enteredBy` on, when Kairos was told of the entry, which lies before `at` where it was behind.
 */
export function begin(journey: Journey, at: number, zone = 'UTC', enteredBy = at): Transition {
  const since = Math.min(at, enteredBy);
  const walk: Walk = { journey, at, since, heard: [], zone, entry: null, walked: [] };
  return beginStep(walk, journey.start, 0);
}

/**
 * Moves a run by one happening. Total: what means nothing here leaves the state and asks the same
 * again, and no happening in any state makes it throw. The runner answers each `send`, `decide` and
 * `localTime` once; an answer to an earlier question than the last one must not be told.
 */
export function advance(
  journey: Journey,
  state: RunState,
  happening: Happening,
  run: RunContext,
): Transition {
  const { at } = happening;
  const step = stepOf(journey, state.step);
  if (step === null) return stop(state, [], { status: 'failed', outcome: 'stepMissing' });
  const kind = kindOf(step);
  // An instant that is none can't come from JSON; calendars would throw at it.
  if (kind.ends || !Number.isFinite(at)) {
    return { state, effect: kind.ask(step, state), walked: [] };
  }
  if (happening.kind === 'stopped') {
    const walked = [{ step: state.step, at, outcome: 'stopped' }];
    return stop(state, walked, { status: 'stopped', outcome: 'stopped' });
  }
  if (happening.kind === 'merged') {
    const walked = [{ step: state.step, at, outcome: 'exited' }];
    return stop(state, walked, { status: 'exited', outcome: 'merged' });
  }
  const exit = happening.kind === 'event' ? exitMatches(journey, run.entry, happening.event) : null;
  if (exit !== null) {
    const walked = [{ step: state.step, at, outcome: 'exited' }];
    return stop(state, walked, { status: 'exited', outcome: `exit:${exit.event}` });
  }
  const here: Here = { state, at, zone: run.zone, entry: run.entry };
  const turn = kind.hear(step, here, happening);
  if (turn === null) return { state, effect: kind.ask(step, state), walked: [] };
  const event = happening.kind === 'event' ? happening.event : null;
  const begun = hearing(state, begunBy(state, happening), event);
  const walk: Walk = { journey, at, ...begun, zone: run.zone, entry: run.entry, walked: [] };
  return follow(walk, step, state, turn);
}

/**
 * When the step that follows really began: a wait that was over while nothing of ours ran was over
 * then, and what the customer did since is no less an answer for our having been late.
 */
function begunBy(state: RunState, happening: Happening): number {
  const { kind, at } = happening;
  if (kind === 'elapsed') return Math.min(at, state.until ?? at);
  if (kind === 'decided' || kind === 'instant') return state.since;
  return kind === 'event' ? Math.min(at, happenedAt(happening.event)) : at;
}

/** One transition under way: it may pass several steps that take no time. */
interface Walk {
  journey: Journey;
  at: number;
  /** From when on the steps begun in it count what happens. */
  since: number;
  /** What has answered a step of this instant already. */
  heard: readonly HeardEvent[];
  zone: string;
  entry: RunEntry | null;
  walked: PathEntry[];
}

/** Begins a step as number `begun` + 1 of the run, and whatever follows it at once. */
function beginStep(walk: Walk, id: string, begun: number): Transition {
  const { at, zone, entry } = walk;
  let state = stateAt(walk, id, begun);
  for (;;) {
    if (state.hop >= HOPS_MAX) {
      return stop(state, walk.walked, { status: 'failed', outcome: 'hopsExceeded' });
    }
    const step = stepOf(walk.journey, state.step);
    if (step === null) {
      return stop(state, walk.walked, { status: 'failed', outcome: 'stepMissing' });
    }
    state = stateAt(walk, state.step, state.hop + 1);
    const turn = kindOf(step).begin(step, { state, at, zone, entry });
    if (turn.go !== 'leave') return settle(walk, step, state, turn);
    walk.walked.push({ step: state.step, at, outcome: turn.outcome });
    state = stateAt(walk, turn.next, state.hop);
  }
}

function stateAt({ since, heard }: Walk, step: string, hop: number): RunState {
  return { step, since, hop, ...(heard.length > 0 && { heard: [...heard] }) };
}

function follow(walk: Walk, step: Step, state: RunState, turn: Turn): Transition {
  if (turn.go !== 'leave') return settle(walk, step, state, turn);
  const { outcome, spared, reason } = turn;
  walk.walked.push({
    ...{ step: state.step, at: walk.at, outcome },
    ...(spared !== undefined && { spared }),
    ...(reason !== undefined && { reason }),
  });
  return beginStep(walk, turn.next, state.hop);
}

/** The run stands: at a step that needs something of the world, or at its end. */
function settle(
  walk: Walk,
  step: Step,
  state: RunState,
  turn: Exclude<Turn, { go: 'leave' }>,
): Transition {
  const { step: id, since, hop, heard } = state;
  const settled: RunState = { step: id, since, hop, ...(heard !== undefined && { heard }) };
  if (turn.go === 'end') walk.walked.push({ step: id, at: walk.at, outcome: turn.outcome });
  else {
    const { until, sending, calling, task } = turn;
    if (until !== undefined) settled.until = until;
    if (sending !== undefined) settled.sending = sending;
    if (calling !== undefined) settled.calling = calling;
    if (task !== undefined) settled.task = task;
  }
  return { state: settled, effect: kindOf(step).ask(step, settled), walked: walk.walked };
}

function stop(
  state: RunState,
  walked: PathEntry[],
  end: Omit<Extract<Effect, { do: 'end' }>, 'do'>,
): Transition {
  return { state, effect: { do: 'end', ...end }, walked };
}

/** Own steps only: a step called `constructor` is found where somebody wrote it, and only there. */
function stepOf(journey: Journey, id: string): Step | null {
  return Object.hasOwn(journey.steps, id) ? (journey.steps[id] ?? null) : null;
}
