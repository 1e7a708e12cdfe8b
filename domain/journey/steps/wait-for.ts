import { z } from 'zod';
import type { RunEvent } from '#domain/event/event.ts';
import { Where } from '#domain/condition/where.ts';
import { happenedAt, wasHeard } from '#domain/journey/heard-events.ts';
import { EventName, Match, Span, StepId } from '#domain/journey/words.ts';
import { nextsUnder } from '#domain/journey/steps/step-kind.ts';
import type { Here, StepKind } from '#domain/journey/steps/step-kind.ts';
import { matchesEvent } from '#domain/journey/match-event.ts';
import { addDuration } from '#domain/time/add-duration.ts';

/** Waits for something the customer does, for a time. One event answers one step. */
export const WaitForStep = z.strictObject({
  waitFor: z.strictObject({
    event: EventName,
    where: Where.optional(),
    match: Match.optional(),
    timeout: Span,
  }),
  next: z.union([StepId, z.strictObject({ received: StepId, timeout: StepId })]),
});
export type WaitForStep = z.infer<typeof WaitForStep>;

export const WAIT_FOR: StepKind<WaitForStep> = {
  schema: WaitForStep,
  takesTime: true,
  ends: false,

  nexts: (written) => nextsUnder(written.next, '/next'),
  faults: () => [],
  listens: (step) => [step.waitFor.event],

  begin: (step, here) => ({
    go: 'stay',
    until: addDuration(here.at, step.waitFor.timeout, here.zone),
  }),

  hear: (step, here, happening) => {
    if (happening.kind === 'event') {
      return happenedInTime(happening.event, here) &&
        !wasHeard(here.state, here.entry, happening.event) &&
        matchesEvent(step.waitFor, here.entry, happening.event)
        ? { go: 'leave', outcome: 'received', next: nextOf(step, 'received') }
        : null;
    }
    const isOver = happening.kind === 'elapsed' && here.at >= (here.state.until ?? here.at);
    return isOver ? { go: 'leave', outcome: 'timeout', next: nextOf(step, 'timeout') } : null;
  },

  ask: (step, state) => ({
    do: 'await',
    until: state.until ?? state.since,
    listens: { events: [step.waitFor.event], receipts: false },
  }),
};

function nextOf(step: WaitForStep, outcome: 'received' | 'timeout'): string {
  return typeof step.next === 'string' ? step.next : step.next[outcome];
}

/**
 * Only what the customer does while the run stands here counts. A late event that happened before
 * the step began is no answer to it; one that happened in time counts even when it is told late.
 */
function happenedInTime(event: RunEvent, { state }: Here): boolean {
  const at = happenedAt(event);
  return at >= state.since && at <= (state.until ?? Infinity);
}
