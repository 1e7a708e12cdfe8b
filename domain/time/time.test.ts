import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDuration } from '#domain/time/add-duration.ts';
import { nextDateOccurrence } from '#domain/time/date-occurrence.ts';
import { DAY_MS, longestMs } from '#domain/time/duration.ts';
import { earliest, parseInstant } from '#domain/time/instant.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';
import { isZone, zoneOr } from '#domain/time/zone.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

describe('addDuration', () => {
  it('keeps a day at 24 hours when the clocks change', () => {
    expect(iso(addDuration(at('2026-03-28T10:00:00Z'), 'P1D', 'Europe/Berlin'))).toBe(
      '2026-03-29T10:00:00.000Z',
    );
  });

  it('lets months follow the calendar of the zone', () => {
    expect(iso(addDuration(at('2026-01-31T09:00:00Z'), 'P1M', 'Europe/Berlin'))).toBe(
      '2026-02-28T09:00:00.000Z',
    );
    expect(iso(addDuration(at('2026-03-15T09:00:00Z'), 'P1M', 'Europe/Berlin'))).toBe(
      '2026-04-15T08:00:00.000Z',
    );
  });

  it('never goes further than the upper bound of the duration', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: at('2040-01-01T00:00:00Z') }),
        fc.constantFrom('P1M', 'P2M', 'P1Y', 'P1Y1M3D', 'PT5H'),
        fc.constantFrom('UTC', 'Europe/Kyiv', 'America/New_York', 'Pacific/Apia', 'nowhere'),
        (from, duration, zone) => {
          const gap = addDuration(from, duration, zone) - from;
          expect(gap).toBeGreaterThan(0);
          expect(gap).toBeLessThanOrEqual(longestMs(duration));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('nextLocalTime', () => {
  it('is strictly after', () => {
    const ten = at('2026-06-01T07:00:00Z');
    expect(nextLocalTime({ time: '10:00' }, 'Europe/Kyiv', ten - 1)).toBe(ten);
    expect(nextLocalTime({ time: '10:00' }, 'Europe/Kyiv', ten)).toBe(ten + DAY_MS);
  });

  it('finds the weekday', () => {
    const monday = nextLocalTime({ time: '09:00', weekday: 1 }, 'UTC', at('2026-11-22T05:00:00Z'));
    expect(iso(monday)).toBe('2026-11-23T09:00:00.000Z');
  });

  it('takes a skipped time as much later as the clocks jump, and a doubled one the first time', () => {
    expect(iso(nextLocalTime({ time: '02:30' }, 'Europe/Berlin', at('2026-03-28T12:00:00Z')))).toBe(
      '2026-03-29T01:30:00.000Z',
    );
    expect(iso(nextLocalTime({ time: '02:30' }, 'Europe/Berlin', at('2026-10-24T12:00:00Z')))).toBe(
      '2026-10-25T00:30:00.000Z',
    );
  });
});

describe('nextDateOccurrence', () => {
  const rule = { offset: '-P3D', at: '10:00' };

  it('is three days before a birthday at ten in the customer’s own zone', () => {
    const next = nextDateOccurrence('1990-06-15', rule, 'Europe/Kyiv', at('2026-06-01T00:00:00Z'));
    expect(iso(next)).toBe('2026-06-12T07:00:00.000Z');
    expect(iso(nextDateOccurrence('--06-15', rule, 'Europe/Kyiv', next ?? 0))).toBe(
      '2027-06-12T07:00:00.000Z',
    );
  });

  it('reads a whole date-time, and crosses the turn of the year', () => {
    const next = nextDateOccurrence(
      '1990-01-01T23:30:00Z',
      rule,
      'Europe/Kyiv',
      at('2026-06-01T00:00:00Z'),
    );
    expect(iso(next)).toBe('2026-12-30T08:00:00.000Z');
  });

  it('keeps 29 February on the 28th in other years', () => {
    const days = { at: '10:00' };
    expect(iso(nextDateOccurrence('1992-02-29', days, 'UTC', at('2026-01-01T00:00:00Z')))).toBe(
      '2026-02-28T10:00:00.000Z',
    );
    expect(iso(nextDateOccurrence('--02-29', days, 'UTC', at('2027-12-01T00:00:00Z')))).toBe(
      '2028-02-29T10:00:00.000Z',
    );
  });

  it('never comes before the date itself', () => {
    expect(
      iso(nextDateOccurrence('2030-05-01', { at: '10:00' }, 'UTC', at('2026-01-01T00:00:00Z'))),
    ).toBe('2030-05-01T10:00:00.000Z');
  });

  it.each(['tomorrow', '1990-02-30', '--13-01', '', null, true, {}])('is never for %p', (value) => {
    expect(nextDateOccurrence(value, rule, 'UTC', 0)).toBeNull();
  });

  it('always is strictly after, and within four years', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: at('2060-01-01T00:00:00Z') }),
        fc.constantFrom('--02-29', '--12-31', '--01-01', '1985-07-04'),
        fc.constantFrom('-P3D', 'P40D', '-P1M', 'PT0S', '-P14M', 'P2Y'),
        (after, date, offset) => {
          const next = nextDateOccurrence(date, { offset, at: '10:00' }, 'Europe/Kyiv', after);
          const again = nextDateOccurrence(
            date,
            { offset, at: '10:00' },
            'Europe/Kyiv',
            (next ?? 0) - 1,
          );
          expect(next ?? 0).toBeGreaterThan(after);
          expect(again).toBe(next);
          if (after > at('1990-01-01T00:00:00Z')) {
            expect((next ?? 0) - after).toBeLessThanOrEqual(368 * DAY_MS);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('zones and instants', () => {
  it('knows zones, and falls back to the default', () => {
    expect(isZone('Europe/Kyiv')).toBe(true);
    expect(isZone('Mars/Olympus')).toBe(false);
    expect(isZone('+03:00')).toBe(false);
    expect(zoneOr('nowhere', 'Europe/Kyiv')).toBe('Europe/Kyiv');
    expect(zoneOr(null, 'nowhere')).toBe('UTC');
  });

  it('reads ISO dates in the zone, and nothing that is no date', () => {
    expect(iso(parseInstant('2026-06-01', 'Europe/Kyiv'))).toBe('2026-05-31T21:00:00.000Z');
    expect(iso(parseInstant('2026-06-01T10:00:00+02:00', 'UTC'))).toBe('2026-06-01T08:00:00.000Z');
    expect(iso(parseInstant('2026-06-01T10:00', 'Europe/Kyiv'))).toBe('2026-06-01T07:00:00.000Z');
    expect(parseInstant('2026-13-01', 'UTC')).toBeNull();
    expect(parseInstant('yesterday', 'UTC')).toBeNull();
  });

  it('finds the earliest instant there is', () => {
    expect(earliest(null, 5, undefined, 3)).toBe(3);
    expect(earliest(null)).toBeNull();
  });
});
