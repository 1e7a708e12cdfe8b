import { describe, expect, it } from '@jest/globals';
import { parseJourney } from './parse-journey.ts';
import { readsSegments, warnJourney } from './warn-journey.ts';

const SEGMENTS = { known: ['vip', 'fans'], open: new Map([['fans', ['category']]]) };
const BOUGHT = { event: 'Bought', where: { 'properties.kind': { is: { param: 'kind' } } } };

function written(frame: { entry?: object; exits?: object[]; when?: object; params?: object }) {
  const { entry = { api: true }, exits, when = { trait: 'orders_count', gte: 1 }, params } = frame;
  const parsed = parseJourney({
    ...{ key: 'example', name: 'Example', entry, start: 'which' },
    ...(exits && { exits }),
    steps: {
      which: {
        branch: [
          { when, ...(params && { params }), next: 'leave' },
          { else: true, next: 'leave' },
        ],
      },
      leave: { end: 'done' },
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.journey;
}

const warningsOf = (frame: Parameters<typeof written>[0]): string[] =>
  warnJourney(written(frame), SEGMENTS).map(({ pointer, detail }) => `${pointer}: ${detail}`);

describe('what may be meant otherwise in a journey', () => {
  it('is nothing where all is there and filled in', () => {
    const entry = { segment: { enters: 'vip' }, when: BOUGHT, params: { kind: 'toy' } };
    const when = { all: [BOUGHT, { segment: 'fans' }, { segment: 'vip' }] };
    const params = { kind: { from: 'entry.properties.kind' }, category: ['shoes', 'hats'] };
    expect(warningsOf({ entry, when, params })).toEqual([]);
    expect(warningsOf({ when: { context: 'entry.properties.price', gte: 5 } })).toEqual([]);
  });

  it('is a segment that is not there, wherever it is named', () => {
    const frame = {
      entry: { segment: { enters: 'vipp' } },
      exits: [{ event: 'Bought' }, { segment: { leaves: 'vpi' } }],
      when: { not: { segment: 'fns' } },
    };
    expect(warningsOf(frame)).toEqual([
      expect.stringMatching(/^#\/entry\/segment\/enters: .*Did you mean "vip"\?$/),
      expect.stringMatching(/^#\/exits\/1\/segment\/leaves: .*Did you mean "vip"\?$/),
      expect.stringMatching(/^#\/steps\/which\/branch\/0\/when\/not\/segment: .*"fans"\?$/),
    ]);
  });

  it('is a segment without members where it has to have them', () => {
    expect(warningsOf({ entry: { segment: { enters: 'fans' } } })).toEqual([
      expect.stringMatching(/^#\/entry\/segment\/enters: "fans" has no members of its own/),
    ]);
    expect(warningsOf({ entry: { becomes: { segment: 'fans' } } })).toEqual([
      expect.stringMatching(/^#\/entry\/becomes\/segment: .*Ask it in a branch\.$/),
    ]);
  });

  it('is a value that nobody fills in, for the condition itself or a segment it names', () => {
    expect(warningsOf({ when: { any: [BOUGHT, { segment: 'fans' }] } })).toEqual([
      expect.stringMatching(/^#\/steps\/which\/branch\/0\/when\/any\/0: Nobody filled in "kind"/),
      expect.stringMatching(/^#\/steps.*\/any\/1\/segment: Nobody filled in "category"/),
    ]);
    expect(warningsOf({ entry: { segment: { enters: 'vip' }, when: BOUGHT } })).toEqual([
      expect.stringMatching(/^#\/entry\/when: Nobody filled in "kind"/),
    ]);
    expect(warningsOf({ entry: { becomes: BOUGHT } })).toEqual([
      expect.stringMatching(/^#\/entry\/becomes: .*Write the value itself\.$/),
    ]);
  });

  it('is a value that nothing asks for', () => {
    expect(warningsOf({ when: BOUGHT, params: { kind: 'toy', knd: 'hat' } })).toEqual([
      '#/steps/which/branch/0/params/knd: Nothing here asks for "knd". Did you mean "kind"?',
    ]);
    expect(warningsOf({ params: { 'a/b~c': 'toy' } })).toEqual([
      '#/steps/which/branch/0/params/a~1b~0c: Nothing here asks for "a/b~c".',
    ]);
  });

  it('is a stage, which nobody is in yet, also where it is denied', () => {
    const when = { all: [{ stage: 'asleep' }, { not: { stage: { param: 'which' } } }] };
    const warnings = warningsOf({ when, params: { which: 'active' } });
    expect(warnings).toEqual([
      expect.stringMatching(/^#\/steps\/which\/branch\/0\/when\/all\/0\/stage: .*not reckoned yet/),
      expect.stringMatching(/^#\/steps\/which.*\/all\/1\/not\/stage: .*of everybody/),
    ]);
    expect(warningsOf({ entry: { becomes: { stage: 'asleep' } } })).toHaveLength(1);
  });

  it('is a fact of a request, which a journey has not', () => {
    const asked = { context: 'page.path', is: '/' };
    expect(warningsOf({ when: asked })).toEqual([
      expect.stringMatching(/^#\/steps\/which\/branch\/0\/when\/context: .*entry\.properties/),
    ]);
    expect(warningsOf({ entry: { event: 'Seen', when: asked } })).toEqual([
      expect.stringMatching(/^#\/entry\/when\/context: .*"where"\.$/),
    ]);
  });
});

it('a journey reads segments where a condition, an entry or an exit names one', () => {
  expect(readsSegments(written({}))).toBe(false);
  expect(readsSegments(written({ when: { not: { segment: 'vip' } } }))).toBe(true);
  expect(readsSegments(written({ entry: { segment: { leaves: 'vip' } } }))).toBe(true);
  expect(readsSegments(written({ exits: [{ segment: { leaves: 'vip' } }] }))).toBe(true);
});
