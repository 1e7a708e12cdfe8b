import { describe, expect, it } from '@jest/globals';
import { parseJourney } from './parse-journey.ts';
import { isMovedBy } from './segment-ways.ts';

function moves(entry: object, exits: object[] = [], steps: object = {}): boolean {
  const parsed = parseJourney({
    ...{
      key: 'example',
      name: 'Example',
      entry,
      start: 'leave',
      ...(exits.length > 0 && { exits }),
    },
    steps: { leave: { end: 'done' }, ...steps },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return isMovedBy(parsed.journey, new Set(['vip', 'fans']));
}

describe('a journey goes by a segment', () => {
  it('where coming into it or going out of it begins runs or ends them', () => {
    expect(moves({ segment: { enters: 'vip' } })).toBe(true);
    expect(moves({ segment: { leaves: 'fans' } })).toBe(true);
    expect(moves({ api: true }, [{ event: 'Left' }, { segment: { leaves: 'vip' } }])).toBe(true);
    expect(moves({ becomes: { not: { any: [{ segment: 'vip' }] } } })).toBe(true);
  });

  it('and not where it only asks, or speaks of others', () => {
    expect(moves({ event: 'Seen', when: { segment: 'vip' } })).toBe(false);
    expect(moves({ segment: { enters: 'sleepy' } })).toBe(false);
    expect(moves({ becomes: { segment: 'sleepy' } }, [{ event: 'vip' }])).toBe(false);
  });
});
