import { describe, expect, it } from '@jest/globals';
import { timeLeft } from '#domain/campaign/time-left.ts';
import { HOUR_MS } from '#domain/time/duration.ts';

const NOW = 1_000_000;
const KNOWN = {
  now: NOW,
  pending: 6_000,
  perMinute: 600,
  ratePerMinute: undefined,
  lastDueAt: null,
};

describe('timeLeft', () => {
  it('is what is left by the speed of late, or by the rate before there is one', () => {
    expect(timeLeft(KNOWN)).toBe(600);
    expect(timeLeft({ ...KNOWN, perMinute: 0, ratePerMinute: 60 })).toBe(6_000);
    expect(timeLeft({ ...KNOWN, ratePerMinute: 300 })).toBe(1_200);
    expect(timeLeft({ ...KNOWN, perMinute: 0 })).toBeNull();
    expect(timeLeft({ ...KNOWN, pending: 0 })).toBe(0);
  });

  it('is at least until the last zone has its hour', () => {
    expect(timeLeft({ ...KNOWN, lastDueAt: NOW + 5 * HOUR_MS })).toBe(18_000);
    expect(timeLeft({ ...KNOWN, perMinute: 0, lastDueAt: NOW + HOUR_MS })).toBe(3_600);
  });
});
