import { describe, expect, it } from '@jest/globals';
import { createDoors, type Doors } from '#domain/campaign/doors.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';

const SENT: SendOutcome = { kind: 'sent', deliveryReceipts: true };
const refusal = (retryAt: number): SendOutcome => {
  return { kind: 'later', retryAt, reason: 'rateLimited' };
};

function shutUntil(retryAt: number): Doors {
  const doors = createDoors();
  expect(doors.enter('email', 0)).toBe('open');
  doors.left('email', 'open', refusal(retryAt), 0);
  return doors;
}

describe('a channel whose provider says "not now"', () => {
  it('is shut for everybody until then, and no other channel is', () => {
    const doors = shutUntil(MINUTE_MS);
    expect(doors.enter('email', MINUTE_MS - 1)).toBe(MINUTE_MS);
    expect(doors.isOpen('email', MINUTE_MS - 1)).toBe(false);
    expect(doors.enter('sms', 1)).toBe('open');
  });

  it('is tried by one alone then, and is open when that one was taken', () => {
    const doors = shutUntil(MINUTE_MS);
    expect(doors.enter('email', MINUTE_MS)).toBe('probe');
    expect(doors.enter('email', MINUTE_MS)).toBeGreaterThan(MINUTE_MS);
    expect(doors.isOpen('email', MINUTE_MS)).toBe(false);
    doors.left('email', 'probe', SENT, MINUTE_MS + 1);
    expect(doors.enter('email', MINUTE_MS + 1)).toBe('open');
    expect(doors.isDoubtful('email')).toBe(false);
  });

  it('is tried less and less often while it is refused, at least twice a minute', () => {
    const doors = shutUntil(1);
    let at = 0;
    const gaps: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      const until = doors.enter('email', at);
      if (typeof until !== 'number') throw new Error('it is shut');
      gaps.push(until - at);
      at = until;
      expect(doors.enter('email', at)).toBe('probe');
      doors.left('email', 'probe', refusal(at + 1), at);
    }
    expect(gaps).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1_000));
  });

  it('is as it was where the one who tried never came to call', () => {
    const doors = shutUntil(MINUTE_MS);
    for (const outcome of [null, { kind: 'suppressed', reason: 'noConsent' }] as const) {
      expect(doors.enter('email', MINUTE_MS)).toBe('probe');
      doors.left('email', 'probe', outcome, MINUTE_MS);
    }
    expect(doors.isDoubtful('email')).toBe(true);
  });

  it('is not opened by those who were under way when it was shut', () => {
    const doors = shutUntil(MINUTE_MS);
    doors.left('email', 'open', SENT, 10);
    doors.left('email', 'open', refusal(2 * MINUTE_MS), 20);
    expect(doors.enter('email', MINUTE_MS)).toBe(2 * MINUTE_MS);
  });

  it('is not shut by one who must only go another way, at once', () => {
    const doors = createDoors();
    doors.left('email', 'open', refusal(0), 0);
    expect(doors.enter('email', 0)).toBe('open');
  });
});
