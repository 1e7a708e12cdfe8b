import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import { walk } from '#domain/journey/simulate-run.ts';

const HOUR = 3_600_000;
const ENTRY = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;
const RUN = { entry: ENTRY, zone: 'UTC' };

function waiting(wait: unknown) {
  return journeyWith('pause', { pause: { wait, next: 'leave' }, leave: { end: 'done' } });
}

describe('wait', () => {
  it('lets a duration pass', () => {
    const result = walk(waiting('PT1H'), { startAt: 5 });
    expect(result.path).toBe('pause:passed -> leave:done');
    expect(result.endedAt).toBe(5 + HOUR);
  });

  it('follows the calendar of the customer for months', () => {
    const startAt = Date.UTC(2026, 0, 31, 9);
    const result = walk(waiting('P1M'), { startAt, zone: 'Europe/Kyiv' });
    expect(result.endedAt).toBe(Date.UTC(2026, 1, 28, 9));
  });

  it('does not end before its time, whatever is told', () => {
    const journey = waiting('PT1H');
    const start = begin(journey, 0);
    const early = advance(journey, start.state, { kind: 'elapsed', at: HOUR - 1 }, RUN);
    expect(early).toEqual({ ...start, walked: [] });
  });

  it('asks for the customer’s own clock and then waits until it shows the time', () => {
    const journey = waiting({ until: '10:00', weekday: 'monday' });
    const start = begin(journey, 0);
    expect(start.effect).toEqual({ do: 'localTime', time: '10:00', weekday: 1 });
    const told = advance(journey, start.state, { kind: 'instant', at: 0, instant: HOUR }, RUN);
    expect(told.effect).toMatchObject({ do: 'await', until: HOUR });
    // Monday after 1 January 1970, a Thursday; summer time is no matter in Tokyo.
    expect(walk(journey, { zone: 'Asia/Tokyo' }).endedAt).toBe(Date.UTC(1970, 0, 5, 1));
  });

  it('passes at once when the time it was told is now', () => {
    const journey = waiting({ until: '10:00' });
    const start = begin(journey, 0);
    const told = advance(journey, start.state, { kind: 'instant', at: 7, instant: 7 }, RUN);
    expect(told.effect).toEqual({ do: 'end', status: 'completed', outcome: 'done' });
  });
});
