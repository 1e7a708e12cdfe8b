import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueAfterPause, dueIn, earliestStart, startsAt } from '#domain/campaign/schedule.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString());

/** With and without summer time, on both sides of the date line, with odd offsets and jumps. */
const ZONES = [
  'UTC',
  'Europe/Kyiv',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Africa/Casablanca',
  'America/Santiago',
];

const hourIn = (ms: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(
    ms,
  );

describe('the same hour in every zone', () => {
  it('is of the day that was said, from where the day begins to where it ends', () => {
    const start = startsAt({ localTime: '2026-11-27T10:00' }, at('2026-11-01T00:00:00Z'));
    expect(iso(start)).toBe('2026-11-26T20:00:00.000Z');
    const due = (zone: string): string => iso(dueIn('2026-11-27T10:00', zone, start));
    expect(due('Pacific/Kiritimati')).toBe('2026-11-26T20:00:00.000Z');
    expect(due('Asia/Kathmandu')).toBe('2026-11-27T04:15:00.000Z');
    expect(due('Europe/Kyiv')).toBe('2026-11-27T08:00:00.000Z');
    expect(due('Pacific/Pago_Pago')).toBe('2026-11-27T21:00:00.000Z');
  });

  it('is that of the next day for whoever has passed it when a campaign starts late', () => {
    const late = at('2026-11-27T09:00:00Z');
    expect(startsAt({ localTime: '2026-11-27T10:00' }, late)).toBe(late);
    expect(iso(dueIn('2026-11-27T10:00', 'Europe/Kyiv', late))).toBe('2026-11-28T08:00:00.000Z');
    expect(iso(dueIn('2026-11-27T10:00', 'UTC', late))).toBe('2026-11-27T10:00:00.000Z');
  });

  it('holds over a change of the clocks: a skipped time comes with the jump, of two the first', () => {
    const before = at('2026-03-28T12:00:00Z');
    expect(iso(dueIn('2026-03-29T02:30', 'Europe/Berlin', before))).toBe(
      '2026-03-29T01:30:00.000Z',
    );
    expect(iso(dueIn('10:00', 'Europe/Berlin', before))).toBe('2026-03-29T08:00:00.000Z');
    const autumn = at('2026-10-24T12:00:00Z');
    expect(iso(dueIn('2026-10-25T02:30', 'Europe/Berlin', autumn))).toBe(
      '2026-10-25T00:30:00.000Z',
    );
  });

  it('comes for everybody within a day and two hours, and shows on their clock', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: at('2025-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') }),
        // Clocks change at night: these hours exist once on every day.
        fc.integer({ min: 4, max: 22 }),
        (zone, from, hour) => {
          const time = `${String(hour).padStart(2, '0')}:30`;
          const due = dueIn(time, zone, from);
          expect(due).toBeGreaterThanOrEqual(from);
          expect(due - from).toBeLessThanOrEqual(DAY_MS + 2 * HOUR_MS);
          expect(hourIn(due, zone)).toBe(time);
        },
      ),
    );
  });

  it('of a day is never before the audience is taken', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.date({
          min: new Date('2025-01-01T00:00:00Z'),
          max: new Date('2027-12-31T00:00:00Z'),
          noInvalidDate: true,
        }),
        (zone, day) => {
          const localTime = `${day.toISOString().slice(0, 10)}T09:15`;
          const first = earliestStart(localTime) ?? NaN;
          const due = dueIn(localTime, zone, first);
          expect(due).toBeGreaterThanOrEqual(first);
          expect(hourIn(due, zone)).toBe('09:15');
          // No zone is more than 26 hours behind the first one.
          expect(due - first).toBeLessThanOrEqual(26 * HOUR_MS);
        },
      ),
    );
  });
});

describe('an hour that passed while a campaign was paused', () => {
  const dueAt = at('2026-11-27T08:00:00Z');
  const resumedAt = at('2026-11-27T20:00:00Z');
  const now = resumedAt + HOUR_MS;
  const due = (localTime: string | undefined, moment: object = {}): string =>
    iso(dueAfterPause(localTime, { dueAt, resumedAt, now, ...moment }, 'Europe/Kyiv'));

  it('is made up for at the next one', () => {
    expect(due('2026-11-27T10:00')).toBe('2026-11-28T08:00:00.000Z');
    expect(due('10:00')).toBe('2026-11-28T08:00:00.000Z');
  });

  it('is not where it was over for an hour at most, was no pause, or where any hour is right', () => {
    expect(due('10:00', { resumedAt: dueAt + HOUR_MS })).toBe('never');
    expect(due('10:00', { resumedAt: null })).toBe('never');
    expect(due(undefined)).toBe('never');
  });
});

describe('startsAt', () => {
  it('is when it was said, and at once where that is past or nothing was said', () => {
    const now = at('2026-11-22T10:00:00Z');
    expect(startsAt({}, now)).toBe(now);
    expect(startsAt({ at: '2026-11-22T13:00:00+02:00' }, now)).toBe(at('2026-11-22T11:00:00Z'));
    expect(startsAt({ at: '2026-11-20T00:00:00Z' }, now)).toBe(now);
    expect(startsAt({ localTime: '10:00' }, now)).toBe(now);
  });
});
