import { z } from 'zod';
import { Span, StepId, WEEKDAYS, Weekday } from '#domain/journey/words.ts';
import { awaitUntil, nextsUnder } from '#domain/journey/steps/step-kind.ts';
import type { Here, StepKind, Turn } from '#domain/journey/steps/step-kind.ts';
import { LocalTime } from '#domain/time/local-time.ts';
import { addDuration } from '#domain/time/add-duration.ts';

/** Lets time pass: a duration, or until the customer's own clock shows a time. */
export const WaitStep = z.strictObject({
  wait: z.union([Span, z.strictObject({ until: LocalTime, weekday: Weekday.optional() })]),
  next: StepId,
});
export type WaitStep = z.infer<typeof WaitStep>;

export const WAIT: StepKind<WaitStep> = {
  schema: WaitStep,
  takesTime: true,
  ends: false,

  nexts: (written) => nextsUnder(written.next, '/next'),
  faults: () => [],
  listens: () => [],

  begin: (step, here) =>
    typeof step.wait === 'string'
      ? passOrWait(step, here, addDuration(here.at, step.wait, here.zone))
      : { go: 'stay' },

  hear: (step, here, happening) => {
    const { until } = here.state;
    if (until === undefined) {
      return happening.kind === 'instant' && Number.isFinite(happening.instant)
        ? passOrWait(step, here, happening.instant)
        : null;
    }
    return happening.kind === 'elapsed' ? passOrWait(step, here, until) : null;
  },

  ask: (step, state) => {
    if (state.until !== undefined || typeof step.wait === 'string') {
      return awaitUntil(state.until ?? state.since);
    }
    const { until, weekday } = step.wait;
    if (weekday === undefined) return { do: 'localTime', time: until };
    const number = typeof weekday === 'number' ? weekday : WEEKDAYS.indexOf(weekday) + 1;
    return { do: 'localTime', time: until, weekday: number };
  },
};

function passOrWait(step: WaitStep, here: Here, until: number): Turn {
  return here.at >= until
    ? { go: 'leave', outcome: 'passed', next: step.next }
    : { go: 'stay', until };
}
