import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WAVES } from '#domain/campaign/draw-place.ts';
import { ENDS } from '#domain/campaign/recipient.ts';
import {
  countsOf,
  endedIn,
  hasReached,
  incrementsOf,
  noEnds,
  partOf,
  toldOfCascade,
  UNDER_WAY,
  type EndedRecipient,
  type Ends,
} from '#domain/campaign/tally.ts';

const ended: fc.Arbitrary<EndedRecipient> = fc.record({
  wave: fc.constantFrom(...WAVES),
  end: fc.constantFrom(...ENDS),
  reason: fc.constantFrom(null, 'noConsent', 'aborted: no. 5 costs $3'),
});

/** What the store makes of increments: a path of three names, and the last a name with anything. */
function applied(ends: Ends, increments: Record<string, number>): Ends {
  const next = { ...ends };
  for (const end of ENDS) next[end] += increments[`tally.main.ends.${end}`] ?? 0;
  return next;
}

describe('the counts of a campaign', () => {
  it('add up to the audience, in whatever order and slices its recipients end', () => {
    fc.assert(
      fc.property(
        fc.array(ended, { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat({ max: 20 }),
        fc.record({ delivered: fc.nat(80), returned: fc.nat(80), unknown: fc.nat(80) }),
        (all, size, waiting, told) => {
          const own = all.filter(({ wave }) => partOf(wave) === 'main');
          const audience = own.length + waiting;
          let ends = noEnds();
          for (let from = 0; from < all.length; from += size) {
            ends = applied(ends, incrementsOf(all.slice(from, from + size)));
            const counts = countsOf(audience, ends, told);
            const values = Object.values({ ...counts });
            expect(values.reduce((sum, value) => sum + value, 0)).toBe(audience);
            expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
          }
          expect(endedIn(ends)).toBe(own.length);
          expect(countsOf(audience, ends, told).pending).toBe(waiting);
        },
      ),
    );
  });

  it('divide those who were sent by what receipts say of them', () => {
    const ends = { sent: 10, suppressed: 3, failed: 1, stopped: 0 };
    expect(countsOf(15, ends, { delivered: 6, returned: 2, unknown: 1 })).toEqual({
      ...{ pending: 1, sent: 1, delivered: 6, unknown: 1, failed: 3, suppressed: 3, stopped: 0 },
    });
  });

  it('name reasons as nothing that could be read as a path', () => {
    const increments = incrementsOf([
      { wave: 'main', end: 'suppressed', reason: 'aborted: no. 5 costs $3' },
    ]);
    expect(Object.keys(increments)).toEqual([
      'tally.main.ends.suppressed',
      'tally.main.reasons.suppressed:aborted: no_ 5 costs _3',
    ]);
  });

  it('call nobody of a cascade delivered whom it had not reached when it was stopped', () => {
    const ended = [
      { wave: 'main', end: 'sent', reason: null },
      { wave: 'main', end: 'sent', reason: UNDER_WAY },
    ] as const;
    const increments = incrementsOf(ended);
    const tally = {
      ends: applied(noEnds(), increments),
      reasons: { [`sent:${UNDER_WAY}`]: increments[`tally.main.reasons.sent:${UNDER_WAY}`] ?? 0 },
    };
    expect(countsOf(3, tally.ends, toldOfCascade(tally))).toMatchObject({
      ...{ pending: 1, sent: 1, delivered: 1 },
    });
    expect(hasReached('sent', 'delivered')).toBe(false);
    expect(hasReached('delivered', 'opened')).toBe(false);
    expect(hasReached('clicked', 'opened')).toBe(true);
  });
});
