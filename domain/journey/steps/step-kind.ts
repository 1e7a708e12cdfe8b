import type { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import type {
  CallingState,
  Effect,
  Happening,
  RunEntry,
  RunState,
  SendingState,
  TaskState,
} from '#domain/journey/run.ts';

/** Where and when a step is asked: the run's state at it, the instant, the customer's zone. */
export interface Here {
  state: RunState;
  /** Epoch ms of what is happening. */
  at: number;
  /** IANA zone of the customer: months and years follow its calendar. */
  zone: string;
  /** What began the run; null only while a run begins. */
  entry: RunEntry | null;
}

/** What a step says to a happening. */
export type Turn =
  /** The run stays here, with this progress; `ask` then says what it needs. */
  | {
      go: 'stay';
      until?: number;
      sending?: SendingState;
      calling?: CallingState;
      task?: TaskState;
    }
  /** The step is done; the run goes on at `next`. `spared` and `reason`: as in PathEntry. */
  | { go: 'leave'; outcome: string; next: string; spared?: number; reason?: string }
  /** The run has reached its end. */
  | { go: 'end'; outcome: string };

/** One arrow of the definition: where it is written (below the step) and the step it names. */
export interface Next {
  /** Pointer below the step, such as `/next/reached`. */
  pointer: string;
  target: string;
}

/**
 * A kind of step answers for itself: shared code never asks which kind it has. The functions that
 * take a step are methods on purpose: so a registry of all kinds can be used for any step.
 */
export interface StepKind<Step> {
  readonly schema: z.ZodType<Step>;
  /** The arrows of a step as it was written, which may be wrong in any way. */
  nexts(written: Readonly<Record<string, unknown>>): Next[];
  /** What the schema can't say; pointers are below the step. */
  faults(step: Step): Fault[];
  /** Whether a customer always spends time here: each loop needs such a step. */
  readonly takesTime: boolean;
  /** Whether a run ends here. */
  readonly ends: boolean;
  /** Names of the events a run waits for while it is here. */
  listens(step: Step): string[];
  begin(step: Step, here: Here): Turn;
  /** Null: this happening means nothing to the step. Must not throw, whatever comes. */
  hear(step: Step, here: Here, happening: Happening): Turn | null;
  /** What the run needs of the world in this state; a pure function of the state. */
  ask(step: Step, state: RunState): Effect;
}

/** The arrows under a `next` that is a step id or a map from outcome to step id. */
export function nextsUnder(next: unknown, pointer: string): Next[] {
  if (typeof next === 'string') return [{ pointer, target: next }];
  if (typeof next !== 'object' || next === null) return [];
  return Object.entries(next).flatMap(([outcome, target]) =>
    typeof target === 'string' ? [{ pointer: `${pointer}/${outcome}`, target }] : [],
  );
}

/** The arrows of a step that may say where its faults lead. */
export function nextsAndError(written: Readonly<Record<string, unknown>>): Next[] {
  return [...nextsUnder(written.next, '/next'), ...nextsUnder(written.onError, '/onError')];
}

/** Nothing to wait for but time. */
export function awaitUntil(until: number): Effect {
  return { do: 'await', until, listens: { events: [], receipts: false } };
}
