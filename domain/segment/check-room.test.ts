import { describe, expect, it } from '@jest/globals';
import type { Condition } from '#domain/condition/condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { checkRoom, WINDOWED_ASKS_MAX } from './check-room.ts';

function conditionOf(written: object): Condition {
  const parsed = parseCondition(written);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  return parsed.ok;
}

const within = (days: number): Condition =>
  conditionOf({ event: 'Product Viewed', within: `P${String(days)}D` });
const full = Array.from({ length: WINDOWED_ASKS_MAX }, (_, index) => within(index + 1));

describe('one more segment', () => {
  it('is refused where profiles might have no room for what it counts, and told what to do', () => {
    const after = within(WINDOWED_ASKS_MAX + 1);
    expect(checkRoom(full.slice(1), { before: null, after })).toEqual([]);
    const [fault] = checkRoom(full, { before: null, after });
    expect(fault).toMatchObject({ pointer: '#/condition' });
    expect(fault?.detail).toMatch(
      /251 different questions .* Use a window that another segment has/,
    );
  });

  it('may always ask what others ask, what needs no window, or less than before', () => {
    const shared = conditionOf({ all: [within(3), { attribute: 'city', is: 'Lviv' }] });
    const totals = conditionOf({ event: 'Order Completed', atLeast: 2 });
    for (const after of [shared, totals, null]) {
      expect(checkRoom(full, { before: null, after })).toEqual([]);
    }
    // An installation of before the limit may have more.
    const more = [...full, within(WINDOWED_ASKS_MAX + 1)];
    const [before, after] = [within(900), within(901)];
    expect(checkRoom(more, { before, after })).toEqual([]);
    expect(checkRoom(more, { before: null, after })).toHaveLength(1);
  });
});
