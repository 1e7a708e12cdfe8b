import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasBegun, yieldsTo, type Standing } from '#domain/campaign/merged.ts';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';

const one = (recipient: string, ...statuses: Standing['statuses']): Standing => {
  return { recipient, statuses };
};

describe('recipients who are the same person now', () => {
  it('leave it to the one who had it, or may have', () => {
    for (const status of ['sent', 'delivered', 'opened', 'unknown'] as const) {
      expect(yieldsTo(one('b'), [one('a', status)], 'b')).toBe(true);
      expect(yieldsTo(one('b', 'sending'), [one('c', status)], 'b')).toBe(true);
      expect(yieldsTo(one('b', status), [one('a', 'deferred')], 'a')).toBe(false);
    }
  });

  it('go on where nothing came of the other one’s', () => {
    for (const status of ['suppressed', 'failed', 'bounced'] as const) {
      expect(yieldsTo(one('b'), [one('a', status)], 'b')).toBe(false);
    }
    expect(yieldsTo(one('b'), [], 'a')).toBe(false);
  });

  it('are one who goes on, wherever any of them has begun', () => {
    const statuses = fc.array(fc.constantFrom(...MESSAGE_STATUSES), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(statuses, { minLength: 2, maxLength: 4 }), fc.nat(4), (lists, home) => {
        const all = lists.map((list, index) => one(String(index), ...list));
        const going = all.filter((mine) => {
          return !yieldsTo(
            mine,
            all.filter((other) => other !== mine),
            String(home),
          );
        });
        if (all.some(hasBegun)) expect(going).toHaveLength(1);
        else expect(going).toHaveLength(all.length);
      }),
    );
  });
});
