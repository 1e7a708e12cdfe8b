import { describe, expect, it } from '@jest/globals';
import type { Journey } from '#domain/journey/journey.ts';
import type { SendingState, Transition } from '#domain/journey/run.ts';
import type { StoredRun } from '#platform/documents.ts';
import { describeStep, kindWord } from './describe-step.ts';
import { describeWait } from './describe-wait.ts';

const T = Date.UTC(2026, 0, 10);

const journey: Journey = {
  key: 'k',
  name: 'K',
  entry: { event: 'Hi' },
  start: 'hour',
  steps: {
    hour: { wait: 'PT1H30M', next: 'ten' },
    ten: { wait: { until: '10:00' }, next: 'remind' },
    remind: {
      send: {
        template: 'cart-reminder',
        cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }],
        until: 'opened',
      },
      next: { reached: 'seen', exhausted: 'seen' },
    },
    seen: { waitFor: { event: 'Cart Viewed', timeout: 'P1D' }, next: 'worth' },
    worth: { branch: [{ else: true, next: 'points' }] },
    points: {
      webhook: { url: 'https://loyalty.shop.example/points?of=all' },
      next: { ok: 'ring', '404': 'offer', failed: 'leave' },
    },
    ring: {
      task: { kind: 'call', title: 'Ring', due: 'PT4H', outcomes: ['reached'] },
      next: 'offer',
    },
    offer: { send: { template: 'offer', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

function waiting(transition: Partial<Transition> & Pick<Transition, 'state'>): StoredRun {
  return {
    _id: 'r',
    journey: 'k',
    version: 1,
    profileId: 'p',
    partition: 0,
    entryKey: null,
    entry: { kind: 'event', id: 'e', at: T, event: null, properties: {} },
    status: 'running',
    outcome: null,
    enteredAt: T,
    endedAt: null,
    path: [],
    exits: [],
    listens: { events: [], receipts: false },
    latest: {
      seq: 1,
      transition: {
        effect: { do: 'await', until: T + 60_000, listens: { events: [], receipts: false } },
        walked: [],
        ...transition,
      },
    },
    goal: null,
    conversion: null,
    temporalRunId: null,
  };
}

function sending(phase: SendingState['phase'], index: number): StoredRun {
  const state = { index, triedAt: T, deadline: T + 1, phase };
  return waiting({ state: { step: 'remind', since: T, hop: 1, sending: state } });
}

describe('a step is told in words', () => {
  it.each([
    ['hour', 'passed', 'waited 1 hour 30 minutes'],
    ['ten', 'passed', "waited until 10:00 by the customer's own clock"],
    ['remind', 'reached', '"cart-reminder" reached the customer (opened)'],
    ['remind', 'exhausted', '"cart-reminder" reached nobody: every channel was tried'],
    ['seen', 'received', 'the event "Cart Viewed" came'],
    ['seen', 'timeout', 'the event "Cart Viewed" did not come within 1 day'],
    ['worth', 'else', 'no case held, so "else" was taken'],
    ['worth', 'offer', 'went on to "offer"'],
    ['offer', 'sent', '"offer" by e-mail was handed to the provider'],
    ['points', 'ok', 'the webhook at loyalty.shop.example answered well'],
    ['ring', 'reached', 'the task "Ring" was done: reached'],
    ['ring', 'timeout', 'the task "Ring" was not done in time'],
    ['points', '404', 'the webhook at loyalty.shop.example answered 404'],
    ['hour', 'exited', 'the run was ended here by an exit'],
    ['leave', 'done', 'the end: done'],
    ['gone', 'passed', 'passed'],
  ])('%s, left as %s', (step, outcome, words) => {
    expect(describeStep(journey.steps[step], outcome)).toBe(words);
  });

  it('with its kind, where the step is known', () => {
    expect(kindWord(journey.steps.seen)).toBe('waitFor');
    expect(kindWord(undefined)).toBeNull();
  });
});

describe('what a run waits for', () => {
  it('is its workflow before the first step, and nothing after the end', () => {
    const run = waiting({ state: { step: 'hour', since: T, hop: 1 } });
    expect(describeWait({ ...run, latest: null }, journey)).toMatchObject({ for: 'start' });
    expect(describeWait({ ...run, status: 'completed' }, journey)).toBeNull();
  });

  it('is time, by the world’s clock also where the run lives faster', () => {
    const run = waiting({ state: { step: 'hour', since: T, hop: 1 } });
    const wait = describeWait({ ...run, speed: 60 }, journey);
    expect(wait).toMatchObject({ for: 'time', step: 'hour', since: T, until: T + 1_000 });
    expect(wait?.words).toBe('1 hour 30 minutes to pass');
  });

  it('is an event, a receipt with what comes after it, a retry or an answer', () => {
    const seen = waiting({ state: { step: 'seen', since: T, hop: 1 } });
    expect(describeWait(seen, journey)?.words).toBe('the event "Cart Viewed"');
    expect(describeWait(sending('waiting', 0), journey)?.words).toBe(
      'a receipt that the push message was opened; else e-mail is tried',
    );
    expect(describeWait(sending('waiting', 1), journey)?.words).toBe(
      'a receipt that the e-mail message was opened',
    );
    expect(describeWait(sending('retrying', 1), journey)).toMatchObject({ for: 'retry' });
    expect(describeWait(sending('unsure', 1), journey)).toMatchObject({ for: 'receipt' });
  });

  it('is the gate, with its reason', () => {
    const held = waiting({
      state: {
        ...{ step: 'remind', since: T, hop: 1 },
        sending: { index: 1, triedAt: T, deadline: T + 1, phase: 'held', heldFor: 'quietHours' },
      },
    });
    const wait = describeWait(held, journey);
    expect(wait?.for).toBe('hold');
    expect(wait?.words).toBe(
      "the gate to let the e-mail message out: these are quiet hours by the customer's own clock",
    );
    expect(describeWait(sending('held', 1), journey)).toMatchObject({ for: 'hold' });
  });

  it('is a place among the mails of a day or of a rate, which no provider spoke of', () => {
    const waitsFor = (phase: 'held' | 'retrying', heldFor: string): string | undefined => {
      const remind = { index: 1, triedAt: T, deadline: T + 1, phase, heldFor };
      const state = { step: 'remind', since: T, hop: 1, sending: remind };
      return describeWait(waiting({ state }), journey)?.words;
    };
    expect(waitsFor('held', 'warmUp')).toContain('warm-up plan');
    expect(waitsFor('retrying', 'throttled')).toContain('mailbox provider');
    expect(waitsFor('retrying', 'throttled')).not.toContain('later');
  });

  it('is the resumption while its journey is paused, for as long as that takes', () => {
    const run = { ...sending('waiting', 0), held: true };
    expect(describeWait(run, journey)).toMatchObject({ for: 'resume', until: null });
  });

  it('is told without the definition, too', () => {
    expect(describeWait(sending('waiting', 0), null)?.words).toBe(
      'a receipt that the message was delivered',
    );
  });
});
