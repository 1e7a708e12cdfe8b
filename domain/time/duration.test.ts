import { describe, expect, it } from '@jest/globals';
import { DAY_MS, Duration, HOUR_MS, longestMs, readDuration } from '#domain/time/duration.ts';

describe('duration', () => {
  it.each([
    ['PT1H', { months: 0, ms: HOUR_MS, days: 0 }],
    ['P7D', { months: 0, ms: 7 * DAY_MS, days: 7 }],
    ['P1W2DT30M', { months: 0, ms: 9 * DAY_MS + HOUR_MS / 2, days: 9 }],
    ['P1Y2M', { months: 14, ms: 0, days: 0 }],
    ['-P3D', { months: 0, ms: -3 * DAY_MS, days: -3 }],
    ['PT0.5S', { months: 0, ms: 500, days: 0 }],
  ])('reads %s', (text, parts) => {
    expect(readDuration(text)).toEqual({ ok: parts });
  });

  it.each([
    ['1h', /starts with P/],
    ['P2H', /after a T/],
    ['PT', /needs a number/],
    ['P', /needs a number/],
    ['P1DT', /Nothing follows the T/],
    ['PT1D', /before the T/],
    ['PT1.5H', /fraction/],
    ['P-3D', /minus/],
    ['P500Y', /at most 100 years/],
    ['P99999999999999999999D', /at most 100 years/],
    ['', /missing/],
  ])('says what is wrong with "%s"', (text, sentence) => {
    const read = readDuration(text);
    expect('fault' in read ? read.fault : '').toMatch(sentence);
  });

  it('refuses nothing and going back where only forwards makes sense', () => {
    expect(Duration.safeParse('PT0S').success).toBe(false);
    expect(Duration.safeParse('-P1D').success).toBe(false);
    expect(Duration.safeParse('P1D').success).toBe(true);
  });

  it('is never longer than its upper bound', () => {
    expect(longestMs('P1M')).toBe(32 * DAY_MS);
    expect(longestMs('P30D')).toBe(30 * DAY_MS);
  });
});
