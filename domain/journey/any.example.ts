import fc from 'fast-check';
import { journeyOf } from '#domain/journey/journey.example.ts';
import type { CallOutcome, Happening, SendOutcome, TaskOutcome } from '#domain/journey/run.ts';
import type { SendReply } from '#domain/journey/simulate-run.ts';
import { CHANNELS } from '#domain/message/message.ts';

/** Journeys and happenings of any shape, for tests of what must hold for all of them. */

const STEPS_MAX = 8;
const EVENTS = ['Looked', 'Bought'];

const anyDuration = fc.constantFrom('PT1S', 'PT15M', 'P1D', 'P1M');
const anyChannel = fc.constantFrom(...CHANNELS);
/** Which of the steps allowed there an arrow leads to. */
const anyAim = fc.nat(100);

const anyPlan = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), wait: anyDuration, aim: anyAim }),
  fc.record({
    kind: fc.constant('until' as const),
    weekday: fc.constantFrom(undefined, 3, 'sunday'),
    aim: anyAim,
  }),
  fc.record({
    kind: fc.constant('waitFor' as const),
    event: fc.constantFrom(...EVENTS),
    timeout: anyDuration,
    aim: anyAim,
  }),
  fc.record({ kind: fc.constant('branch' as const), aim: anyAim }),
  fc.record({ kind: fc.constant('send' as const), channel: anyChannel, aim: anyAim }),
  fc.record({
    kind: fc.constant('webhook' as const),
    patience: anyDuration,
    next: fc.constantFrom('one', 'named', 'error'),
    aim: anyAim,
  }),
  fc.record({
    kind: fc.constant('task' as const),
    due: anyDuration,
    word: fc.constantFrom('call', 'sales'),
    aim: anyAim,
  }),
  fc.record({
    kind: fc.constant('cascade' as const),
    cascade: fc.array(
      fc.record({ channel: anyChannel, patience: anyDuration }, { requiredKeys: ['channel'] }),
      { minLength: 1, maxLength: 4 },
    ),
    until: fc.constantFrom('delivered', 'opened', 'clicked'),
    aim: anyAim,
  }),
);
type Plan = ReturnType<(typeof anyPlan)['generate']>['value'];

const TAKING_TIME = new Set<Plan['kind']>(['wait', 'until', 'waitFor']);

/**
 * Every step leads to the following one, so each is reached and each reaches the end. A second
 * arrow leads anywhere if the step takes time, else forwards or to one that does: no other loops.
 */
export const anyJourney = fc.array(anyPlan, { minLength: 1, maxLength: STEPS_MAX }).map((plans) => {
  const id = (index: number) => `s${String(index)}`;
  const steps = plans.map((plan, index): [string, Record<string, unknown>] => {
    const allowed = [...plans.keys(), plans.length].filter(
      (target) =>
        target > index ||
        TAKING_TIME.has(plan.kind) ||
        TAKING_TIME.has(plans[target]?.kind ?? 'send'),
    );
    const other = id(allowed[plan.aim % allowed.length] ?? plans.length);
    return [id(index), stepOf(plan, id(index + 1), other)];
  });
  return journeyOf({
    key: 'any',
    name: 'Any',
    entry: { api: true },
    exits: [{ event: 'Left' }],
    start: id(0),
    steps: { ...Object.fromEntries(steps), [id(plans.length)]: { end: 'done' } },
  });
});

function stepOf(plan: Plan, next: string, other: string): Record<string, unknown> {
  switch (plan.kind) {
    case 'wait':
      return { wait: plan.wait, next };
    case 'until': {
      const weekday = plan.weekday === undefined ? {} : { weekday: plan.weekday };
      return { wait: { until: '10:00', ...weekday }, next };
    }
    case 'waitFor': {
      const waitFor = { event: plan.event, timeout: plan.timeout };
      return { waitFor, next: { received: other, timeout: next } };
    }
    case 'branch': {
      const when = { trait: 'orders_count', gte: 1 };
      return {
        branch: [
          { when, next: other },
          { else: true, next },
        ],
      };
    }
    case 'send': {
      const send = { template: 'some', channel: plan.channel };
      return { send, next: { sent: next, suppressed: other, failed: other } };
    }
    case 'webhook':
      return webhookOf(plan, next, other);
    case 'task':
      return taskOf(plan, next, other);
    case 'cascade': {
      const send = { template: 'some', cascade: plan.cascade, until: plan.until };
      return { send, next: { reached: next, exhausted: other } };
    }
  }
}

function webhookOf(
  { patience, next: ways }: Extract<Plan, { kind: 'webhook' }>,
  next: string,
  other: string,
): Record<string, unknown> {
  const webhook = { url: 'https://shop.example/points', patience };
  if (ways === 'one') return { webhook, next };
  if (ways === 'error') return { webhook, next: { ok: next }, onError: other };
  return { webhook, next: { ok: next, failed: other, '404': other, '503': next } };
}

function taskOf(
  { due, word }: Extract<Plan, { kind: 'task' }>,
  next: string,
  other: string,
): Record<string, unknown> {
  const task = { kind: word, title: 'Ring', due, outcomes: ['reached', 'refused'] };
  const ways = { reached: next, refused: other, timeout: next };
  return { task, next: word === 'call' ? { ...ways, suppressed: other } : ways };
}

const anyDelay = fc.constantFrom(0, 1, 1000, 900_000, 3_600_000, 90_000_000);

export const anyOutcome: fc.Arbitrary<SendOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('sent' as const), deliveryReceipts: fc.boolean() }),
  fc.constant({ kind: 'suppressed', reason: 'noConsent' } as const),
  fc.constant({ kind: 'failed', reason: 'rejected' } as const),
  fc.record({
    kind: fc.constant('later' as const),
    retryAt: anyDelay,
    reason: fc.constant('rateLimited'),
  }),
  fc.record({ kind: fc.constant('unsure' as const), askAt: anyDelay }),
  fc.record({
    kind: fc.constant('held' as const),
    until: anyDelay,
    reason: fc.constant('quietHours'),
  }),
);

export const anyCallOutcome: fc.Arbitrary<CallOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant('answered' as const),
    status: fc.constantFrom(200, 204, 302, 404, 429, 500, 503),
    retryAt: anyDelay,
  }),
  fc.record({
    kind: fc.constant('unanswered' as const),
    reason: fc.constant('ETIMEDOUT'),
    retryAt: anyDelay,
  }),
  fc.record({ kind: fc.constant('busy' as const), retryAt: anyDelay }),
  fc.constant({ kind: 'error', reason: 'EPRIVATE' } as const),
);

const anyTaskOutcome: fc.Arbitrary<TaskOutcome> = fc.oneof(
  fc.constant({ kind: 'open', id: 'r.s0.1' } as const),
  fc.record({
    kind: fc.constant('done' as const),
    outcome: fc.constantFrom('reached', 'refused', 'constructor'),
  }),
  fc.constant({ kind: 'expired' } as const),
  fc.constant({ kind: 'suppressed', reason: 'noConsent' } as const),
  fc.constant({ kind: 'error', reason: 'erased' } as const),
);

const anyReceipt = fc.constantFrom(
  'accepted' as const,
  'delivered' as const,
  'opened' as const,
  'clicked' as const,
  'refused' as const,
);

/** Delays are an hour at least, so that retries within a month's patience stay few. */
export const anyReply: fc.Arbitrary<SendReply> = fc.record({
  outcome: anyOutcome.map((outcome) => {
    const later = 200 * 365 * 86_400_000;
    if (outcome.kind === 'later') return { ...outcome, retryAt: later };
    if (outcome.kind === 'held') return { ...outcome, until: later };
    return outcome.kind === 'unsure' ? { ...outcome, askAt: later } : outcome;
  }),
  receipts: fc.array(fc.record({ receipt: anyReceipt, afterMs: anyDelay }), { maxLength: 2 }),
});

const TOLD: Happening = {
  kind: 'event',
  at: 0,
  event: {
    id: 't',
    name: 'Task Completed',
    source: 'kairos',
    occurredAt: 0,
    receivedAt: 0,
    properties: { task_id: 'r.s0.1' },
  },
};

/** `at` is how long after the happening before it. */
export const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('elapsed' as const), at: anyDelay }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sending' as const),
      at: anyDelay,
      outcome: anyOutcome,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('called' as const),
      at: anyDelay,
      outcome: anyCallOutcome,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('tasked' as const),
      at: anyDelay,
      outcome: anyTaskOutcome,
    }),
  },
  fc.record({ kind: fc.constant('decided' as const), at: anyDelay, index: fc.integer() }),
  fc.record({ kind: fc.constant('instant' as const), at: anyDelay, instant: fc.integer() }),
  fc.record({
    kind: fc.constant('receipt' as const),
    at: anyDelay,
    hop: fc.nat(6),
    index: fc.nat(4),
    receipt: anyReceipt,
  }),
  fc.constantFrom(...EVENTS).map((name) => eventAt(name, 0)),
  fc.constant(TOLD),
  fc.record({ kind: fc.constant('entered' as const), at: anyDelay }),
  fc.record({ kind: fc.constant('resumed' as const), at: anyDelay }),
  fc.record({ kind: fc.constant('merged' as const), at: anyDelay }),
);

export function exitEvent(at: number): Happening {
  return eventAt('Left', at);
}

function eventAt(name: string, at: number): Happening {
  const event = { id: 'e', name, occurredAt: at, receivedAt: at, properties: {} };
  return { kind: 'event', at, event };
}
