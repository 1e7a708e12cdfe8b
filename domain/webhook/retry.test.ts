import { describe, expect, it } from '@jest/globals';
import { judgeAnswer, readRetryAfter, RETRY_AFTER_MS, type Answer } from '#domain/webhook/retry.ts';

const answered = (status: number | null, retryAfterMs: number | null = null): Answer => ({
  status,
  fault: null,
  retryAfterMs,
});
const first = { tries: 1, chance: 0 };
const HOUR_MS = 3_600_000;

describe('A try to tell a receiver', () => {
  it('is over with any 2xx, and for good with 410', () => {
    expect(judgeAnswer(answered(204), first)).toEqual({ outcome: 'delivered' });
    expect(judgeAnswer(answered(410), first)).toEqual({ outcome: 'gone' });
  });

  it.each([null, 301, 400, 404, 429, 500, 503])('is made again after %s', (status) => {
    expect(judgeAnswer(answered(status), first)).toEqual({ outcome: 'retry', afterMs: 5_000 });
  });

  it('is made later and later, for three days, and then no more', () => {
    const waits: number[] = [];
    for (let tries = 1; ; tries += 1) {
      const verdict = judgeAnswer(answered(500), { tries, chance: 0 });
      if (verdict.outcome !== 'retry') {
        expect(verdict).toEqual({ outcome: 'failed' });
        break;
      }
      waits.push(verdict.afterMs);
    }
    expect(waits).toEqual(RETRY_AFTER_MS);
    expect(waits).toEqual([...waits].sort((one, two) => one - two));
    const all = waits.reduce((sum, wait) => sum + wait, 0);
    expect(Math.round(all / HOUR_MS)).toBe(71);
  });

  it('is spread by chance, and never made before the receiver asked for it', () => {
    expect(judgeAnswer(answered(500), { tries: 1, chance: 1 })).toMatchObject({ afterMs: 6_000 });
    expect(judgeAnswer(answered(429, 60_000), first)).toMatchObject({ afterMs: 60_000 });
    const asksTooMuch = judgeAnswer(answered(503, 100 * HOUR_MS), first);
    expect(asksTooMuch).toMatchObject({ afterMs: 24 * HOUR_MS });
  });
});

describe('Retry-After', () => {
  it('is read as seconds and as a date', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(readRetryAfter('120', now)).toBe(120_000);
    expect(readRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
    expect(readRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(readRetryAfter('soon', now)).toBeNull();
    expect(readRetryAfter(undefined, now)).toBeNull();
  });
});
