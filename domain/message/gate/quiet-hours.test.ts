import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { anyHours, anyInstant, anyZone } from '#domain/message/gate.example.ts';
import { quietUntil } from './quiet-hours.ts';

const NIGHT = { from: '21:00', to: '09:00' };

function until(hours: { from: string; to: string }, zone: string, at: string): string | null {
  const end = quietUntil(hours, zone, Temporal.Instant.from(at).epochMilliseconds);
  return end === null ? null : new Date(end).toISOString();
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show, by another library than ours. */
function shows(zone: string, at: number): string {
  const known = clocks.get(zone);
  const parts = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const clock = known ?? new Intl.DateTimeFormat('en-GB', parts);
  clocks.set(zone, clock);
  return clock.format(at);
}

function isWithin({ from, to }: { from: string; to: string }, time: string): boolean {
  return from < to ? time >= from && time < to : time >= from || time < to;
}

describe('quiet hours', () => {
  it.each([
    ['before them', '2026-11-22T20:59:59Z', null],
    ['as they begin', '2026-11-22T21:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['before midnight', '2026-11-22T23:59:59Z', '2026-11-23T09:00:00.000Z'],
    ['after midnight', '2026-11-23T00:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['in their last moment', '2026-11-23T08:59:59.999Z', '2026-11-23T09:00:00.000Z'],
    ['as they end', '2026-11-23T09:00:00Z', null],
  ])('are of two days where they pass midnight: %s', (_, at, end) => {
    expect(until(NIGHT, 'UTC', at)).toBe(end);
  });

  it('are those of the person’s own clock', () => {
    expect(until(NIGHT, 'Europe/Kyiv', '2026-11-22T19:30:00Z')).toBe('2026-11-23T07:00:00.000Z');
    expect(until(NIGHT, 'Asia/Kathmandu', '2026-11-22T16:00:00Z')).toBe('2026-11-23T03:15:00.000Z');
    expect(until(NIGHT, 'nowhere', '2026-11-22T12:00:00Z')).toBeNull();
  });

  it('last an hour less or more where clocks are changed within them', () => {
    // Kyiv: on 29 March at 03:00 to 04:00, on 25 October at 04:00 to 03:00.
    expect(until(NIGHT, 'Europe/Kyiv', '2026-03-28T19:00:00Z')).toBe('2026-03-29T06:00:00.000Z');
    expect(until(NIGHT, 'Europe/Kyiv', '2026-10-24T18:00:00Z')).toBe('2026-10-25T07:00:00.000Z');
  });

  it('end as the clocks jump over their end', () => {
    const hours = { from: '01:00', to: '03:30' };
    expect(until(hours, 'Europe/Kyiv', '2026-03-28T23:30:00Z')).toBe('2026-03-29T01:00:00.000Z');
  });

  it('begin again where the clocks are put back into them', () => {
    const hours = { from: '01:00', to: '03:30' };
    const first = '2026-10-25T00:30:00.000Z';
    expect(until(hours, 'Europe/Kyiv', '2026-10-25T00:10:00Z')).toBe(first);
    expect(until(hours, 'Europe/Kyiv', '2026-10-25T00:45:00Z')).toBeNull();
    expect(until(hours, 'Europe/Kyiv', '2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00.000Z');
  });

  it('let nothing out within them and hold nothing any longer, whatever the clocks do', () => {
    fc.assert(
      fc.property(anyHours, anyZone, anyInstant, (hours, zone, at) => {
        const end = quietUntil(hours, zone, at);
        expect(end !== null).toBe(isWithin(hours, shows(zone, at)));
        if (end === null) return;
        expect(isWithin(hours, shows(zone, end))).toBe(false);
        expect(isWithin(hours, shows(zone, end - 1))).toBe(true);
        // To the minute in between: they were quiet all the while.
        for (let between = at; between < end; between += 900_000) {
          expect(isWithin(hours, shows(zone, between))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hold on either side of every change of the clocks', () => {
    const changes = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-03-08T07:00:00Z'];
    const anyNear = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -200, max: 200 }));
    const anyPlace = fc.constantFrom('Europe/Kyiv', 'America/New_York', 'Europe/London');
    fc.assert(
      fc.property(anyHours, anyPlace, anyNear, (hours, zone, [change, minutes]) => {
        const at = Temporal.Instant.from(change).epochMilliseconds + minutes * 60_000;
        const end = quietUntil(hours, zone, at) ?? at;
        expect(isWithin(hours, shows(zone, end))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
