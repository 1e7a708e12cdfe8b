import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import type { Happening, TaskOutcome, TaskState } from '#domain/journey/run.ts';
import { nextsAndError } from '#domain/journey/steps/step-kind.ts';
import type { Here, StepKind, Turn } from '#domain/journey/steps/step-kind.ts';
import { Span, StepId } from '#domain/journey/words.ts';
import {
  CALL_KIND,
  NAME_MAX,
  NOTE_MAX,
  PRIORITIES,
  TASK_COMPLETED,
  TaskWord,
} from '#domain/task/task.ts';
import { addDuration } from '#domain/time/add-duration.ts';

const TITLE_MAX = 200;
/** More ends of a call nobody chooses among. */
const OUTCOMES_MAX = 20;

/** Ends of a task that nobody says: they come by themselves. */
const OWN_ENDS: readonly string[] = ['timeout', 'suppressed', 'error'];

const Outcomes = z
  .array(TaskWord)
  .min(1)
  .max(OUTCOMES_MAX)
  .refine((words) => new Set(words).size === words.length, { error: 'Name each outcome once.' })
  .refine((words) => !words.some((word) => OWN_ENDS.includes(word)), {
    error: '"timeout", "suppressed" and "error" come by themselves: nobody says them of a task.',
  });

/** Has somebody of the shop do something, and goes on by how it went. */
export const TaskStep = z.strictObject({
  task: z.strictObject({
    /** `call` is a contact, to which the customer must have agreed; any other word is the shop's. */
    kind: TaskWord,
    /** The same for everybody: it is told to other systems. */
    title: z.string().min(1).max(TITLE_MAX),
    /** For whoever does it; Liquid. */
    note: z.string().max(NOTE_MAX).optional(),
    queue: TaskWord.optional(),
    assignee: z.string().min(1).max(NAME_MAX).optional(),
    priority: z.enum(PRIORITIES).optional(),
    /** How long there is time for it. */
    due: Span,
    /** What whoever does it may say of how it went. */
    outcomes: Outcomes,
  }),
  next: z.union([StepId, z.record(TaskWord, StepId)]),
  /** Where a task that cannot be made leads. */
  onError: StepId.optional(),
});
export type TaskStep = z.infer<typeof TaskStep>;

export const TASK: StepKind<TaskStep> = {
  schema: TaskStep,
  takesTime: false,
  ends: false,

  nexts: nextsAndError,
  faults: nextFaults,
  listens: () => [TASK_COMPLETED],
  begin: (step, here) => ({ go: 'stay', task: { phase: 'opening', due: dueOf(step, here) } }),

  hear: (step, here, happening) => {
    const { task } = here.state;
    if (task === undefined) return null;
    switch (task.phase) {
      case 'open':
        return wokenBy(here, task, happening);
      case 'opening':
        // A task that a pause held back has all its time still.
        if (happening.kind === 'resumed') {
          return { go: 'stay', task: { ...task, due: dueOf(step, here) } };
        }
        return happening.kind === 'tasked' ? became(step, task, happening.outcome) : null;
      case 'asking':
      case 'closing':
        return happening.kind === 'tasked' ? became(step, task, happening.outcome) : null;
    }
  },

  ask: (_step, { task, step, hop }) => {
    if (task === undefined) return { do: 'end', status: 'failed', outcome: 'stepMissing' };
    const { phase, due, deaf } = task;
    if (phase === 'open') {
      const events = deaf === true ? [] : [TASK_COMPLETED];
      return { do: 'await', until: due, listens: { events, receipts: false } };
    }
    return { do: 'task', step, hop, due, act: ACTS[phase] };
  },
};

const ACTS = { opening: 'open', asking: 'ask', closing: 'close' } as const;

function dueOf({ task }: TaskStep, { at, zone }: Here): number {
  return addDuration(at, task.due, zone);
}

/** What ends the wait for a task: its time, or somebody's word, which the task itself must bear out. */
function wokenBy(here: Here, task: TaskState, happening: Happening): Turn | null {
  if (happening.kind === 'elapsed') {
    return here.at >= task.due ? { go: 'stay', task: { ...task, phase: 'closing' } } : null;
  }
  const isOfThis =
    happening.kind === 'event' &&
    happening.event.source === 'kairos' &&
    happening.event.name === TASK_COMPLETED &&
    happening.event.properties.task_id === task.id;
  return isOfThis && task.deaf !== true ? { go: 'stay', task: { ...task, phase: 'asking' } } : null;
}

function became(step: TaskStep, task: TaskState, outcome: TaskOutcome): Turn {
  switch (outcome.kind) {
    case 'open': {
      const { due, phase } = task;
      // Who said it was done was wrong, and would be believed again and again.
      const deaf = phase === 'opening' ? {} : { deaf: true as const };
      return { go: 'stay', task: { phase: 'open', due, id: outcome.id, ...deaf } };
    }
    case 'done':
      return leave(step, outcome.outcome);
    case 'expired':
      return leave(step, 'timeout');
    case 'suppressed':
      return { ...leave(step, 'suppressed'), reason: outcome.reason };
    case 'error':
      return {
        ...{ go: 'leave', outcome: 'error', reason: outcome.reason },
        next: step.onError ?? nextOf(step, 'timeout'),
      };
  }
}

function leave(step: TaskStep, outcome: string): Extract<Turn, { go: 'leave' }> {
  return { go: 'leave', outcome, next: nextOf(step, outcome) };
}

/** A parsed definition has every arrow; the engine ends a run whose step is nowhere. */
function nextOf({ next }: TaskStep, outcome: string): string {
  if (typeof next === 'string') return next;
  return (Object.hasOwn(next, outcome) ? next[outcome] : undefined) ?? '';
}

function nextFaults({ task, next }: TaskStep): Fault[] {
  if (typeof next === 'string') return [];
  const own = task.kind === CALL_KIND ? ['timeout', 'suppressed'] : ['timeout'];
  const wanted = [...task.outcomes, ...own];
  const words = `This task ends as ${wanted.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
  const written = Object.keys(next);
  return [
    ...wanted
      .filter((word) => !written.includes(word))
      .map((word) => ({
        pointer: `/next/${word}`,
        detail: `${words}: say which step follows "${word}".`,
      })),
    ...written
      .filter((word) => !wanted.includes(word))
      .map((word) => ({
        pointer: `/next/${word}`,
        detail: `${words}: "${word}" never happens here.`,
      })),
  ];
}
