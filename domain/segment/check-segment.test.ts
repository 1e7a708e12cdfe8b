import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { checkSegment } from './check-segment.ts';
import { isContextual, valuesWanted } from './is-contextual.ts';
import { paramsOfCondition, warnCondition } from './warn-segment.ts';

function condition(input: unknown): Condition {
  const parsed = parseCondition(input);
  if ('ok' in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.faults));
}

const definitions = new Map<string, Condition | null>([
  ['vip', condition({ trait: 'orders_count', gte: 10 })],
  ['lapsed-vip', condition({ all: [{ segment: 'vip' }, { attribute: 'country', is: 'UA' }] })],
  ['press', null],
  ['here-now', condition({ context: 'page.category', is: 'toys' })],
]);

function faultsOf(key: string, input: unknown) {
  const segment = { name: 'One', condition: condition(input) };
  return checkSegment(key, segment, definitions);
}

describe('checkSegment', () => {
  it('lets a segment be defined that reads others', () => {
    expect(faultsOf('new', { any: [{ segment: 'lapsed-vip' }, { segment: 'press' }] })).toEqual([]);
  });

  it('lets a segment be read that is to be defined later', () => {
    expect(faultsOf('new', { not: { segment: 'vips' } })).toEqual([]);
  });

  it('refuses a segment that reads itself, also around a corner', () => {
    expect(faultsOf('new', { segment: 'new' })).toEqual([
      { pointer: '#/condition/segment', detail: 'A segment cannot read itself.' },
    ]);
    expect(faultsOf('vip', { all: [{ segment: 'lapsed-vip' }] })).toEqual([
      {
        pointer: '#/condition/all/0/segment',
        detail: 'A segment cannot read itself around a corner: vip → lapsed-vip → vip.',
      },
    ]);
  });

  it('refuses conditions on the events that follow from segments', () => {
    const [fault] = faultsOf('new', { event: 'Segment Entered', within: 'P1D' });
    expect(fault).toMatchObject({ pointer: '#/condition/event' });
    expect(fault?.detail).toContain('{ segment: its key }');
  });

  it('refuses counts within a window beyond what is kept', () => {
    expect(faultsOf('new', { event: 'Opened', atLeast: 1000, within: 'P1Y' })).toEqual([]);
    expect(faultsOf('new', { event: 'Opened', atLeast: 5000 })).toEqual([]);
    const faults = faultsOf('new', { event: 'Opened', exactly: 1000, within: 'P1Y' });
    expect(faults).toMatchObject([{ pointer: '#/condition/exactly' }]);
  });

  it('refuses to make a segment contextual whose reader has members', () => {
    const faults = faultsOf('vip', { context: 'order.total', gte: 100 });
    expect(faults).toMatchObject([{ pointer: '#/condition' }]);
    expect(faults[0]?.detail).toContain('"lapsed-vip"');
  });

  it('keeps lists and conditions apart', () => {
    const list = { name: 'List', static: true } as const;
    expect(checkSegment('press', list, definitions)).toEqual([]);
    expect(checkSegment('vip', list, definitions)).toMatchObject([{ pointer: '#/static' }]);
    expect(faultsOf('press', { trait: 'orders_count', gte: 1 })).toMatchObject([
      { pointer: '#/condition' },
    ]);
  });
});

describe('warnCondition', () => {
  const known = [...definitions.keys()];

  it('names a segment that is not there, and what was probably meant', () => {
    const asked = condition({ not: { segment: 'vips' } });
    expect(warnCondition(asked, { known, filled: null })).toEqual([
      {
        pointer: '#/condition/not/segment',
        detail:
          'There is no segment "vips" yet, so nobody is in it until there is. Did you mean "vip"?',
      },
    ]);
  });

  it('says that nobody is in a stage yet', () => {
    const asked = condition({ any: [{ stage: 'asleep' }, { not: { stage: 'active' } }] });
    expect(warnCondition(asked, { known, filled: null })).toMatchObject([
      { pointer: '#/condition/any/0/stage', detail: expect.stringMatching(/holds of nobody/) },
      { pointer: '#/condition/any/1/not/stage', detail: expect.stringMatching(/of everybody/) },
    ]);
  });

  it('names values that a question does not fill in', () => {
    const asked = condition({ all: [{ segment: { param: 'which' } }] });
    expect(warnCondition(asked, { known, filled: ['which'] })).toEqual([]);
    expect(warnCondition(asked, { known, filled: null })).toEqual([]);
    expect(warnCondition(asked, { known, filled: [] })).toMatchObject([
      { pointer: '#/condition/all/0' },
    ]);
  });

  it('finds the values that a condition wants', () => {
    const filter = { 'properties.category': { is: { param: 'category' } } };
    const asked = condition({ event: 'Viewed', where: filter, within: { param: 'span' } });
    expect(paramsOfCondition(asked)).toEqual(['category', 'span']);
  });
});

describe('isContextual', () => {
  it('holds of a segment that reads a contextual one, however far away', () => {
    const input = condition({ not: { segment: 'here-now' } });
    expect(isContextual(input, definitions)).toBe(true);
    expect(isContextual(condition({ segment: 'lapsed-vip' }), definitions)).toBe(false);
  });

  it('holds where a value of any operator or filter is to be filled in', () => {
    const filter = { 'properties.category': { is: { param: 'category' } } };
    expect(isContextual(condition({ event: 'Viewed', where: filter }), new Map())).toBe(true);
  });
});

it('a segment wants the values filled in that it names, and those of the segments it reads', () => {
  const wanting = new Map<string, Condition | null>([
    ['inner', condition({ attribute: 'taste', is: { param: 'category' } })],
    ['outer', condition({ all: [{ not: { segment: 'inner' } }, { param: 'shop', is: 'kyiv' }] })],
    [
      'round',
      condition({ any: [{ segment: 'round' }, { segment: 'outer' }, { segment: 'none' }] }),
    ],
  ]);
  expect(valuesWanted('outer', wanting).sort()).toEqual(['category', 'shop']);
  expect(valuesWanted('round', wanting).sort()).toEqual(['category', 'shop']);
});
