import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import type { Happening, TaskOutcome, Transition } from '#domain/journey/run.ts';
import { walk } from '#domain/journey/simulate-run.ts';
import { HOUR_MS } from '#domain/time/duration.ts';

const task = { kind: 'call', title: 'Ring', due: 'PT4H', outcomes: ['reached', 'refused'] };
const next = { reached: 'good', refused: 'bad', timeout: 'late', suppressed: 'quiet' };
const ENDS = {
  ...{ good: { end: 'good' }, bad: { end: 'bad' }, late: { end: 'late' } },
  quiet: { end: 'quiet' },
};
const JOURNEY = journeyWith('ring', { ring: { task, next }, ...ENDS });
const ID = 'run.ring.1';
const RUN = {
  entry: { kind: 'api', id: 'a', at: 0, event: null, properties: {} },
  zone: 'UTC',
} as const;

const told = (from: Transition, ...happenings: Happening[]): Transition =>
  happenings.reduce((now, happening) => advance(JOURNEY, now.state, happening, RUN), from);
const tasked = (at: number, outcome: TaskOutcome): Happening => ({ kind: 'tasked', at, outcome });
const done = (at: number, id = ID, name = 'Task Completed'): Happening => ({
  kind: 'event',
  at,
  event: {
    ...{ id: 'e', name, source: 'kairos' as const, occurredAt: at, receivedAt: at },
    properties: { task_id: id },
  },
});

const begun = begin(JOURNEY, 0);
const open = told(begun, tasked(1, { kind: 'open', id: ID }));

describe('task', () => {
  it('is made, and waits to be done for its time', () => {
    expect(begun.effect).toEqual({
      do: 'task',
      step: 'ring',
      hop: 1,
      due: 4 * HOUR_MS,
      act: 'open',
    });
    expect(open.effect).toEqual({
      do: 'await',
      until: 4 * HOUR_MS,
      listens: { events: ['Task Completed'], receipts: false },
    });
  });

  it('goes on by how it went, as the task itself says when somebody says it is done', () => {
    const asked = told(open, done(HOUR_MS));
    expect(asked.effect).toMatchObject({ do: 'task', act: 'ask' });
    const left = told(asked, tasked(HOUR_MS, { kind: 'done', outcome: 'refused' }));
    expect(left.walked.map(({ step, outcome }) => `${step}:${outcome}`)).toEqual([
      'ring:refused',
      'bad:bad',
    ]);
  });

  it('takes no notice of other tasks and other events', () => {
    expect(told(open, done(5, 'run.ring.2')).state).toEqual(open.state);
    expect(told(open, done(5, ID, 'Task Created')).state).toEqual(open.state);
    const { event } = done(5) as Extract<Happening, { kind: 'event' }>;
    const { source, ...tracked } = event;
    expect(source).toBe('kairos');
    expect(told(open, { kind: 'event', at: 5, event: tracked }).state).toEqual(open.state);
  });

  it('believes a word that was not true once only, and waits for its time', () => {
    const asked = told(open, done(5));
    const still = told(asked, tasked(6, { kind: 'open', id: ID }));
    expect(still.effect).toMatchObject({ do: 'await', listens: { events: [] } });
    expect(told(still, done(7)).state).toEqual(still.state);
    expect(told(still, { kind: 'elapsed', at: 4 * HOUR_MS }).effect).toMatchObject({
      act: 'close',
    });
  });

  it('is over when its time is, unless somebody did it at the last moment', () => {
    expect(walk(JOURNEY)).toMatchObject({
      path: 'ring:timeout -> late:late',
      endedAt: 4 * HOUR_MS,
    });
    const lastMoment = walk(JOURNEY, {
      onTask: ({ act }) =>
        act === 'close' ? { kind: 'done', outcome: 'reached' } : { kind: 'open', id: ID },
    });
    expect(lastMoment.path).toBe('ring:reached -> good:good');
    expect(told(open, { kind: 'elapsed', at: 4 * HOUR_MS - 1 }).state).toEqual(open.state);
  });

  it('is not made where the customer may not be called', () => {
    const onTask = (): TaskOutcome => ({ kind: 'suppressed', reason: 'noConsent' });
    const quiet = walk(JOURNEY, { onTask });
    expect(quiet).toMatchObject({ path: 'ring:suppressed -> quiet:quiet', endedAt: 0 });
    expect(quiet.walked[0]?.reason).toBe('noConsent');
  });

  it('leads what cannot be made to onError, else as if nobody had done it', () => {
    const onTask = (): TaskOutcome => ({ kind: 'error', reason: 'missing:profile.tier' });
    expect(walk(JOURNEY, { onTask }).path).toBe('ring:error -> late:late');
    const careful = journeyWith('ring', { ring: { task, next, onError: 'bad' }, ...ENDS });
    expect(walk(careful, { onTask }).path).toBe('ring:error -> bad:bad');
  });

  it('has all its time when a pause held it back', () => {
    const resumed = told(begun, { kind: 'resumed', at: HOUR_MS });
    expect(resumed.effect).toMatchObject({ act: 'open', due: 5 * HOUR_MS });
  });
});

describe('a task as it is written', () => {
  const faultsOf = (ring: Record<string, unknown>) => {
    const parsed = parseJourney({
      ...{ key: 'example', name: 'Example', entry: { api: true }, start: 'ring' },
      steps: { ring, done: { end: 'done' } },
    });
    return parsed.ok ? [] : parsed.faults.map(({ pointer }) => pointer);
  };

  it.each([
    ['no outcome', { outcomes: [] }, 'outcomes'],
    ['an outcome twice', { outcomes: ['a', 'a'] }, 'outcomes'],
    ['an outcome that comes by itself', { outcomes: ['timeout'] }, 'outcomes'],
    ['no time', { due: 'PT0S' }, 'due'],
    ['an urgency that is none', { priority: 'urgent' }, 'priority'],
    ['a kind of two words', { kind: 'ring up' }, 'kind'],
  ])('is refused with %s', (_what, said, at) => {
    expect(faultsOf({ task: { ...task, ...said }, next: 'done' })).toEqual([
      `#/steps/ring/task/${at}`,
    ]);
  });

  it('says where each end leads, and a call also where those go who may not be called', () => {
    expect(faultsOf({ task, next: { reached: 'done', noAnswer: 'done' } })).toEqual([
      '#/steps/ring/next/refused',
      '#/steps/ring/next/timeout',
      '#/steps/ring/next/suppressed',
      '#/steps/ring/next/noAnswer',
    ]);
    const sales = { ...task, kind: 'sales' };
    const ways = { reached: 'done', refused: 'done', timeout: 'done' };
    expect(faultsOf({ task: sales, next: ways })).toEqual([]);
  });
});
