import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ABANDONED_CART_YAML, abandonedCart } from '#domain/journey/journey.example.ts';
import { Journey, STEPS_MAX, journeyJsonSchema } from '#domain/journey/journey.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';

const FRAME = { key: 'example', name: 'Example', entry: { api: true }, start: 'leave' };
const LEAVE = { leave: { end: 'done' } };

/** The faults of a definition, as `pointer: detail`. */
function faultsOf(definition: unknown): string[] {
  const parsed = parseJourney(definition);
  return parsed.ok ? [] : parsed.faults.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}
const pointersOf = (definition: unknown) =>
  faultsOf(definition).map((fault) => fault.slice(0, fault.indexOf(': ')));

/** Faults of steps that follow one another from the step `a` on. */
const faultsOfSteps = (steps: Record<string, unknown>) =>
  faultsOf({ ...FRAME, start: 'a', steps: { ...steps, ...LEAVE } });
const pointersOfStep = (a: unknown) => pointersOf({ ...FRAME, start: 'a', steps: { a, ...LEAVE } });

describe('a definition', () => {
  it('is kept as it was written', () => {
    expect(abandonedCart()).toEqual(parse(ABANDONED_CART_YAML));
    expect(Journey.parse(parse(ABANDONED_CART_YAML))).toEqual(parse(ABANDONED_CART_YAML));
  });

  it.each([
    [{ event: 'Product Added', when: { trait: 'orders_count', gte: 1 }, reentry: 'oneAtATime' }],
    [{ becomes: { not: { event: 'Order Completed', within: 'P60D' } }, includeCurrent: true }],
    [{ date: { attribute: 'birthday', offset: '-P3D', at: '10:00' }, reentry: 'always' }],
    [{ api: true, reentry: { after: 'P7D' } }],
    [
      {
        event: 'Product Viewed',
        when: { event: 'Bought', atLeast: { param: 'times' } },
        params: { times: 2, kind: { from: 'entry.properties.kind' }, others: ['a', 'b'] },
      },
    ],
  ])('may be entered by %j', (entry) => {
    expect(faultsOf({ ...FRAME, entry, steps: LEAVE })).toEqual([]);
  });
});

describe('what a definition says to the gate', () => {
  const send = { template: 'offer', channel: 'email' };
  const next = 'leave';

  it('is its own priority, hours, caps and holdout, and what makes a message pointless', () => {
    const gate = {
      ...{ priority: 80, quietHours: false, holdoutPercent: 10 },
      caps: [{ channel: 'any', max: 1, per: 'week' }],
    };
    const unless = { bought: 'entry.properties.product_id', seen: 3, within: 'P30D' };
    const steps = { a: { send: { ...send, unless }, next }, ...LEAVE };
    expect(faultsOf({ ...FRAME, gate, start: 'a', steps })).toEqual([]);
  });

  it('is refused with its place where it says nothing that could be kept', () => {
    expect(pointersOf({ ...FRAME, gate: { priority: 101 }, steps: LEAVE })).toEqual([
      '#/gate/priority',
    ]);
    expect(pointersOf({ ...FRAME, gate: { cap: [] }, steps: LEAVE })).toEqual(['#/gate/cap']);
    const unless = { within: 'P30D' };
    expect(pointersOfStep({ send: { ...send, unless }, next })).toEqual(['#/steps/a/send/unless']);
  });
});

describe('a faulty definition', () => {
  it('is told of a value that no condition can be filled in with', () => {
    const when = { event: 'Bought', atLeast: { param: 'times' } };
    const branch = [
      { when, params: { times: { from: 'properties.times' } }, next: 'leave' },
      { else: true, next: 'leave' },
    ];
    const [fault, ...more] = faultsOfSteps({ a: { branch } });
    expect(more).toEqual([]);
    expect(fault).toContain('#/steps/a/branch/0/params/times');
    expect(fault).toContain('entry.properties');
  });

  it('is told all its faults at once', () => {
    const definition = {
      key: 'Not A Key',
      name: '',
      colour: 'red',
      entry: { event: 'Product Added', key: 'cart_id', reentry: 'sometimes' },
      exits: [{ event: 'Order Completed', match: { 'properties.cart_id': 'properties.cart_id' } }],
      goal: { event: 'Order Completed', within: 'a week' },
      start: 'remnd',
      steps: {
        remind: {
          send: {
            template: 't',
            cascade: [{ channel: 'pigeon' }, { channel: 'email', patience: 'PT0S' }],
          },
          next: { reached: 'leav' },
        },
        lonely: { wait: 'P3Y', next: 'leave', colour: 'red' },
        ...LEAVE,
      },
    };
    expect(pointersOf(definition)).toEqual([
      '#/key',
      '#/name',
      '#/exits/0/match/properties.cart_id',
      '#/goal/within',
      '#/colour',
      '#/entry/key',
      '#/entry/reentry',
      '#/steps/remind/send/cascade/0/channel',
      '#/steps/remind/send/cascade/1/patience',
      '#/steps/lonely/wait',
      '#/steps/lonely/colour',
      '#/start',
      '#/steps/remind/next/reached',
      '#/steps/lonely',
    ]);
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [5],
    [{}],
    [{ steps: 5, entry: 'x' }],
    [{ steps: { a: null } }],
  ])('is refused when it is %j', (definition) => {
    expect(faultsOf(definition).length).toBeGreaterThan(0);
  });

  it('says what a slip of the pen was meant to be', () => {
    expect(faultsOfSteps({ a: { wait: 'PT1H', next: 'laeve' } })).toEqual([
      '#/steps/a/next: There is no step "laeve". Did you mean "leave"?',
    ]);
    expect(faultsOfSteps({ a: { waitfor: {}, next: 'leave' } })).toContainEqual(
      expect.stringMatching(
        /^#\/steps\/a: Say what the step does: one of wait, send, .*, end\. Did you mean "waitFor"\?$/,
      ),
    );
  });
});

describe('the ways of a journey', () => {
  it('need rest in each of its loops', () => {
    const branch = (other: string, next: string) => ({
      branch: [
        { when: { consent: 'email' }, next: other },
        { else: true, next },
      ],
    });
    const send = { send: { template: 't', channel: 'email' }, next: 'a' };
    expect(faultsOfSteps({ a: branch('b', 'leave'), b: send })).toEqual([
      '#/steps/b/next: This goes round without end and without rest (a → b → a): put a "wait" or a "waitFor" into the loop.',
    ]);
    expect(faultsOfSteps({ a: branch('a', 'leave') })).toHaveLength(1);
    expect(faultsOfSteps({ a: branch('b', 'leave'), b: { wait: 'PT1H', next: 'a' } })).toEqual([]);
  });

  it('need an end that can be reached from everywhere', () => {
    const round = { wait: 'PT1H', next: 'a' };
    expect(pointersOf({ ...FRAME, start: 'a', steps: { a: round } })).toEqual(['#/start']);
    const branch = [
      { when: { consent: 'email' }, next: 'b' },
      { else: true, next: 'leave' },
    ];
    expect(faultsOfSteps({ a: { branch }, b: { wait: 'PT1H', next: 'b' } })).toEqual([
      '#/steps/b: From the step "b" no way leads to a step with "end".',
    ]);
    expect(faultsOfSteps({ a: { wait: 'PT1H', next: 'leave' }, b: round })).toEqual([
      '#/steps/b: Nobody ever comes to the step "b": no way leads there from the start.',
    ]);
  });

  it('lead on from everything that can happen to a message', () => {
    const one = { template: 't', channel: 'email' };
    const many = { template: 't', cascade: [{ channel: 'email' }] };
    const all = { sent: 'leave', suppressed: 'leave', failed: 'leave' };
    expect(pointersOfStep({ send: one, next: all })).toEqual([]);
    expect(pointersOfStep({ send: one, next: { sent: 'leave' } })).toEqual([
      '#/steps/a/next/suppressed',
      '#/steps/a/next/failed',
    ]);
    expect(pointersOfStep({ send: one, next: { ...all, reached: 'leave' } })).toEqual([
      '#/steps/a/next/reached',
    ]);
    expect(pointersOfStep({ send: many, next: { reached: 'leave', exhausted: 'leave' } })).toEqual(
      [],
    );
    expect(pointersOfStep({ send: many, next: { reached: 'leave' } })).toEqual([
      '#/steps/a/next/exhausted',
    ]);
    expect(pointersOfStep({ send: { ...many, ...one }, next: 'leave' })).toEqual([
      '#/steps/a/send/channel',
    ]);
    expect(pointersOfStep({ send: { template: 't' }, next: 'leave' })).toEqual([
      '#/steps/a/send/channel',
    ]);
    expect(pointersOfStep({ send: { ...one, until: 'opened' }, next: 'leave' })).toEqual([
      '#/steps/a/send/until',
    ]);
    const eleven = Array.from({ length: 11 }, () => ({ channel: 'email' }));
    expect(pointersOfStep({ send: { template: 't', cascade: eleven }, next: 'leave' })).toEqual([
      '#/steps/a/send/cascade',
    ]);
  });
});

describe('the bounds of a definition', () => {
  it.each(['PT0S', 'P3Y', 'P25M', 'P800D', '-PT1H', '1h', 'PT', 'PT1H '.repeat(50), 5, null])(
    'does not wait for %j',
    (wait) => {
      expect(pointersOfStep({ wait, next: 'leave' })).toEqual(['#/steps/a/wait']);
    },
  );

  it('waits for two years at most', () => {
    expect(pointersOfStep({ wait: 'P2Y', next: 'leave' })).toEqual([]);
    expect(pointersOfStep({ wait: 'P732D', next: 'leave' })).toEqual([]);
  });

  it('has a bounded number of steps', () => {
    const many = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `s${String(index)}`,
          index === count - 1 ? { end: 'done' } : { wait: 'PT1H', next: `s${String(index + 1)}` },
        ]),
      );
    expect(faultsOf({ ...FRAME, start: 's0', steps: many(STEPS_MAX) })).toEqual([]);
    expect(faultsOf({ ...FRAME, start: 's0', steps: many(10_000) })).toEqual([
      '#/steps: A journey has at most 200 steps; these are 10000.',
    ]);
  });

  it('is not misled by names that every object has', () => {
    const own = { ...FRAME, start: 'constructor', steps: { constructor: { end: 'done' } } };
    expect(faultsOf(own)).toEqual([]);
    expect(pointersOf({ ...FRAME, start: 'constructor', steps: LEAVE })).toContain('#/start');
    const smuggled: unknown = JSON.parse(
      '{"__proto__":{},"key":"k","name":"n","entry":{"api":true},"start":"leave","steps":{"leave":{"end":"x"},"__proto__":{"end":"x"}}}',
    );
    expect(pointersOf(smuggled)).toEqual(
      expect.arrayContaining(['#/__proto__', '#/steps/__proto__']),
    );
  });

  it('may not be nested or big beyond reason', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(pointersOf({ ...FRAME, steps: { a: deep } })).toEqual(['#']);
    const shared = Array.from({ length: 20 }, () => 0);
    let bomb: unknown = shared;
    for (let level = 0; level < 10; level += 1) bomb = shared.map(() => bomb);
    expect(pointersOf({ ...FRAME, steps: { a: bomb } })).toEqual(['#']);
  });

  it('bounds the length of its texts', () => {
    const long = 'x'.repeat(1_000_000);
    const faults = faultsOf({
      ...FRAME,
      name: long,
      start: long,
      steps: { [long]: { end: long } },
    });
    expect(faults.length).toBeGreaterThan(3);
    expect(faults.every((fault) => !fault.split(': ')[1]?.includes(long))).toBe(true);
  });
});

describe('the published JSON Schema', () => {
  it('names every field of a definition', () => {
    const schema = journeyJsonSchema();
    expect(schema.required).toEqual(['key', 'name', 'start', 'entry', 'steps']);
    expect(JSON.stringify(schema)).toContain('"waitFor"');
  });
});
