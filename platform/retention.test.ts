import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '#domain/time/duration.ts';
import { KeptSetting, RetentionSetting } from './retention.ts';

const events = (text = '') => RetentionSetting.parse(text);
const faults = (text: string): string[] =>
  RetentionSetting.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

describe('how long events are kept', () => {
  it('is 400 days for visits and receipts, three years for others, and for good for orders', () => {
    const { keptOf } = events();
    expect(keptOf('Page Viewed')).toBe(400 * DAY_MS);
    expect(keptOf('Email Opened')).toBe(400 * DAY_MS);
    expect(keptOf('Order Completed')).toBeNull();
    expect(keptOf('Signed Up')).toBe((36 * 31 + 1) * DAY_MS);
  });

  it('follows the setting, which replaces defaults by name', () => {
    const { keptOf } = events('Page Viewed=P90D, Quiz *=P60D,Quiz Won=forever , *=P1000D');
    expect(keptOf('Page Viewed')).toBe(90 * DAY_MS);
    expect(keptOf('Quiz Begun')).toBe(60 * DAY_MS);
    expect(keptOf('Quiz Won')).toBeNull();
    expect(keptOf('Anything')).toBe(1000 * DAY_MS);
    expect(keptOf('Order Completed')).toBeNull();
    expect(keptOf('constructor')).toBe(1000 * DAY_MS);
  });

  it('counts from when the event came in, however old it was then', () => {
    const receivedAt = Date.UTC(2026, 0, 1);
    const expiry = events().expiryOf({ name: 'Page Viewed', receivedAt });
    expect(expiry?.getTime()).toBe(receivedAt + 400 * DAY_MS);
  });

  it('is for good where the event proves a consent', () => {
    const consents = { email: { granted: true, source: 'form' } };
    expect(events().expiryOf({ name: 'Page Viewed', receivedAt: 0, consents })).toBeNull();
  });

  it.each([
    ['Page Viewed', ['`Page Viewed`: write NAME=DURATION, such as Page Viewed=P90D']],
    ['A=P7D', ['`A=P7D`: the shortest retention is P30D']],
    [
      'A=90 days,B=P1Y,B=P2Y',
      [expect.stringContaining('A duration starts with P'), '`B` is said twice'],
    ],
    ['A*B=P1Y', ['`A*B=P1Y`: a `*` may only stand at the end']],
    ['A=-P90D', ['`A=-P90D`: the shortest retention is P30D']],
  ])('refuses %s and says why', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it('is one duration for runs and messages', () => {
    expect(KeptSetting.parse('P400D')).toBe(400 * DAY_MS);
    expect(KeptSetting.parse('forever')).toBeNull();
    expect(KeptSetting.safeParse('PT5M').success).toBe(false);
  });
});
