import { toRunTime, toWorldTime } from '#domain/journey/rehearsal.ts';
import type { CallOutcome, Effect, Happening, TaskOutcome } from '#domain/journey/run.ts';
import type { Turn } from './run-turn.ts';

/** Calls the webhook at a step and keeps what it answered for the steps that follow. */
export async function callWebhook(
  turn: Turn,
  { step: stepId, hop, tries, looks = 0, deadline }: Extract<Effect, { do: 'call' }>,
): Promise<Happening> {
  const { deps, run, journey, clock, person, zone, calls: signal } = turn;
  const step = Object.hasOwn(journey.steps, stepId) ? journey.steps[stepId] : undefined;
  if (step === undefined || !('webhook' in step) || signal === null) {
    const outcome = { kind: 'error', reason: 'stepMissing' } as const;
    return { kind: 'called', at: toRunTime(clock, deps.clock()), outcome };
  }
  const { webhook } = step;
  const place = { step: stepId, hop };
  const { outcome, values } = await deps.world.call({
    ...{ run, webhook, place, person, zone, tries, looks, signal },
    deadline: toWorldTime(clock, deadline),
  });
  // What is not wanted any more counts for nothing: it is called again, by the same key.
  signal.throwIfAborted();
  if (values !== undefined) {
    turn.responses = { ...turn.responses, [stepId]: values };
    turn.run = { ...run, responses: { ...run.responses, [stepId]: values } };
  }
  const at = toRunTime(clock, deps.clock());
  return { kind: 'called', at, outcome: inRunTime(turn, outcome) };
}

function inRunTime({ clock }: Turn, outcome: CallOutcome): CallOutcome {
  if (outcome.kind === 'error') return outcome;
  return { ...outcome, retryAt: toRunTime(clock, outcome.retryAt) };
}

/** Makes the task at a step, looks what became of it, or closes it. */
export async function doTask(
  turn: Turn,
  { step: stepId, hop, due, act }: Extract<Effect, { do: 'task' }>,
): Promise<Happening> {
  const { deps, run, journey, clock, person, zone } = turn;
  const step = Object.hasOwn(journey.steps, stepId) ? journey.steps[stepId] : undefined;
  const outcome: TaskOutcome =
    step === undefined || !('task' in step)
      ? { kind: 'error', reason: 'stepMissing' }
      : await deps.world.task({
          ...{ run, act, person, zone, task: step.task, place: { step: stepId, hop } },
          dueAt: toWorldTime(clock, due),
        });
  return { kind: 'tasked', at: toRunTime(clock, deps.clock()), outcome };
}
