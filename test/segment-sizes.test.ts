import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { measureSegments } from '#activities/measure-segments.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import { createSizeStore } from '#segments/size-store.ts';
import { WholeKairos } from './support/whole-kairos.ts';

interface Points {
  data: { at: string; size: number; entered: number; left: number }[];
}

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('segment-sizes');
  const condition = { attribute: 'colour', is: 'red' };
  await kairos.call('PUT', '/v1/segments/red', { name: 'Red', condition });
}, 120_000);
afterAll(() => kairos.stop());

const sizes = (query = ''): Promise<Points> =>
  kairos.call('GET', `/v1/segments/red/sizes?${query}`);

async function colours(all: Record<string, string>): Promise<void> {
  for (const [userId, colour] of Object.entries(all)) {
    await kairos.track('identify', { userId, traits: { colour } });
  }
  const { events } = kairos.mongo.collections;
  await kairos.until('all to be routed', async () =>
    (await events.countDocuments({ pending: true })) === 0 ? true : null,
  );
}

/** Tomorrow at noon, UTC: what is told is dated there, so that no hour ends in the middle of the test. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS + 12 * HOUR_MS;

async function toldAt(receivedAt: number): Promise<void> {
  const undated = { source: 'kairos' as const, receivedAt: { $lt: NOON } };
  await kairos.mongo.collections.events.updateMany(undated, { $set: { receivedAt } });
}

/** As though the schedule had run then. */
async function measureAt(at: number): Promise<void> {
  const sizes = createSizeStore(kairos.mongo.collections);
  const deps = { sizes, clock: () => at, settings: { defaultZone: 'UTC' } };
  await measureSegments(deps);
}

describe('the sizes of a segment', () => {
  it('are noted hour by hour and day by day, with who came and who went', async () => {
    await colours({ a: 'red', b: 'red', c: 'blue' });
    await toldAt(NOON + 1);
    await measureAt(NOON + HOUR_MS);
    await colours({ a: 'blue' });
    await toldAt(NOON + HOUR_MS + 1);
    // What was noted stands, however often it is measured.
    await measureAt(NOON + HOUR_MS + 5);
    await measureAt(NOON + DAY_MS);
    const to = new Date(NOON + 2 * DAY_MS).toISOString();
    const hours = await sizes(`every=hour&from=${new Date(NOON).toISOString()}&to=${to}`);
    expect(hours.data).toEqual([
      { at: new Date(NOON + HOUR_MS).toISOString(), size: 2, entered: 2, left: 0 },
      { at: new Date(NOON + DAY_MS).toISOString(), size: 1, entered: 0, left: 0 },
    ]);
    const days = await sizes(`from=${new Date(NOON).toISOString()}&to=${to}`);
    expect(days.data).toEqual([
      { at: new Date(NOON + 12 * HOUR_MS).toISOString(), size: 1, entered: 2, left: 1 },
    ]);
  });

  it('are measured by a schedule, on the hour of the shop', async () => {
    const schedule = kairos.temporal.schedule.getHandle('kairos.measure-segments/hourly');
    const { spec } = await schedule.describe();
    expect(spec.calendars).toHaveLength(1);
    await schedule.trigger();
    await kairos.until('the point of this hour', async () => {
      const { data } = await sizes('every=hour');
      return data.length === 1 ? true : null;
    });
  });

  it('are asked for in a time that makes sense', async () => {
    await expect(sizes('from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z')).rejects.toThrow(
      '#/from',
    );
    await expect(sizes('every=week')).rejects.toThrow('#/every');
    await expect(kairos.call('GET', '/v1/segments/blue/sizes')).rejects.toThrow('404');
  });

  it('go with the segment', async () => {
    await kairos.call('DELETE', '/v1/segments/red');
    expect(await kairos.mongo.collections.segmentSizes.countDocuments({})).toBe(0);
  });
});
