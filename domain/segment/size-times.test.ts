import { describe, expect, it } from '@jest/globals';
import { HOUR_MS } from '#domain/time/duration.ts';
import { lastStretches } from './size-times.ts';

describe('the last whole hour and day', () => {
  it('are those of the zone, half hours too', () => {
    const now = Date.UTC(2026, 10, 22, 10, 45);
    const { hour, day } = lastStretches(now, 'Asia/Kolkata');
    expect(hour).toEqual({
      from: Date.UTC(2026, 10, 22, 9, 30),
      to: Date.UTC(2026, 10, 22, 10, 30),
    });
    expect(day).toEqual({
      from: Date.UTC(2026, 10, 20, 18, 30),
      to: Date.UTC(2026, 10, 21, 18, 30),
    });
  });

  it('have 23 or 25 hours where clocks change', () => {
    const { day } = lastStretches(Date.UTC(2026, 9, 26, 3), 'Europe/Kyiv');
    expect(day.to - day.from).toBe(25 * HOUR_MS);
  });
});
