import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fillSegments, lookAgain, type FillDeps } from '#activities/fill-segments.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createLogger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createFillStore } from '#segments/fill-store.ts';
import { putSegment } from '#segments/put-segment.ts';
import { readSegment, sized } from '#segments/read-segment.ts';
import { defineSegment, wireEventPath } from './support/event-path.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** Three pages. */
const CROWD = 600;

let mongo: Mongo;
let deps: FillDeps;
beforeAll(async () => {
  mongo = await openTestDatabase('segment-fill');
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

beforeEach(async () => {
  const c = mongo.collections;
  await Promise.all([
    c.profiles.deleteMany({}),
    c.events.deleteMany({}),
    c.segments.deleteMany({}),
  ]);
  deps = {
    ...wireEventPath(mongo, Date.now),
    fills: createFillStore(c),
    logger: createLogger('test', 'silent'),
  };
  const ids = Array.from({ length: CROWD }, (_, index) => `p${String(index).padStart(4, '0')}`);
  await c.profiles.insertMany(ids.map((id) => newProfile(id, partitionOf(id), Date.now())));
  // Every fifth has bought, and every tenth twice.
  const buyers = ids.filter((_, index) => index % 5 === 0);
  const again = ids.filter((_, index) => index % 10 === 0);
  await c.events.insertMany([...buyers, ...again].map(bought));
});

function bought(profileId: string, place: number): StoredEvent {
  return {
    _id: `bought-${String(place)}`,
    profileId,
    partition: partitionOf(profileId),
    kind: 'track',
    name: 'Bought',
    occurredAt: Date.now() - 60_000,
    receivedAt: Date.now() - 60_000,
    place,
    source: 'server',
    properties: {},
    state: 'routed',
  };
}

function define(key: string, condition: object): Promise<number> {
  return defineSegment(mongo, key, { condition, at: Date.now() });
}

const TWICE = { event: 'Bought', atLeast: 2, within: 'P30D' };
const fresh = { reached: null, heartbeat: () => undefined };

async function standing(key: string): Promise<{ size: number | null; isFilled: boolean }> {
  const segment = await readSegment(mongo.collections, key);
  const { size } = await sized(mongo.collections, segment);
  return { size, isFilled: segment.filledAt !== null };
}

class Crash extends Error {}

describe('the filling of a segment', () => {
  it('goes on where it was after a crash', async () => {
    const generation = await define('twice', TWICE);
    const reached: string[] = [];
    const crashing = {
      reached: null,
      heartbeat: (id: string) => {
        reached.push(id);
        if (reached.length === 2) throw new Crash();
      },
    };
    await expect(fillSegments(deps, { generation }, crashing)).rejects.toThrow(Crash);
    expect(reached).toEqual(['p0199', 'p0399']);
    expect(await standing('twice')).toEqual({ size: 40, isFilled: false });
    const { filling } = await readSegment(mongo.collections, 'twice');
    expect(filling).toEqual({ looked: 200, of: CROWD });
    await fillSegments(deps, { generation }, { ...fresh, reached: 'p0399' });
    expect(await standing('twice')).toEqual({ size: CROWD / 10, isFilled: true });
  });

  it('tells no journey that somebody came in, and what comes later finds it counted', async () => {
    const generation = await define('twice', TWICE);
    await fillSegments(deps, { generation }, fresh);
    const { events, profiles } = mongo.collections;
    expect(await events.countDocuments({ name: 'Segment Entered' })).toBe(0);
    const one = await profiles.findOne({ _id: 'p0010' });
    expect(one).toMatchObject({ segments: [{ key: 'twice' }], revision: 1 });
    expect(one?.nextWatchAt).toBeGreaterThan(Date.now());
  });

  it('gives way to a newer definition, whose filling is one for both', async () => {
    const older = await define('once', { event: 'Bought' });
    const newer = await define('never', { not: { event: 'Bought' } });
    await fillSegments(deps, { generation: older }, fresh);
    expect(await standing('once')).toEqual({ size: 0, isFilled: false });
    expect(await deps.fills.unfilled()).toBe(newer);
    await fillSegments(deps, { generation: newer }, fresh);
    expect(await standing('once')).toEqual({ size: CROWD / 5, isFilled: true });
    expect(await standing('never')).toEqual({ size: (CROWD / 5) * 4, isFilled: true });
    expect(await deps.fills.unfilled()).toBeNull();
  });

  it('looks again at a page in which an event changed somebody', async () => {
    const generation = await define('twice', TWICE);
    const past = deps.events.past.bind(deps.events);
    let isChanged = false;
    deps.events.past = async (ids, asked) => {
      if (!isChanged) {
        isChanged = true;
        const change = { $set: { language: 'uk' }, $inc: { revision: 1 } };
        await mongo.collections.profiles.updateOne({ _id: 'p0010' }, change);
      }
      return past(ids, asked);
    };
    await fillSegments(deps, { generation }, fresh);
    expect(await standing('twice')).toEqual({ size: CROWD / 10, isFilled: true });
    const one = await mongo.collections.profiles.findOne({ _id: 'p0010' });
    expect(one).toMatchObject({ language: 'uk', segments: [{ key: 'twice' }] });
  });

  it('comes through also where everybody does something all the time', async () => {
    const generation = await define('twice', TWICE);
    const past = deps.events.past.bind(deps.events);
    let calm = 0;
    deps.events.past = async (ids, asked) => {
      // A large page takes so long that one of its people has always done something meanwhile.
      if (ids.length > 30) {
        await mongo.collections.profiles.updateOne(
          { _id: ids[0] ?? '' },
          { $inc: { revision: 1 } },
        );
      } else calm += 1;
      return past(ids, asked);
    };
    await fillSegments(deps, { generation }, fresh);
    expect(calm).toBeGreaterThanOrEqual(CROWD / 30);
    expect(await standing('twice')).toEqual({ size: CROWD / 10, isFilled: true });
  });

  it('is not held up by one that cannot be looked at, who is put off and logged', async () => {
    const generation = await define('twice', TWICE);
    const past = deps.events.past.bind(deps.events);
    deps.events.past = (ids, asked) =>
      ids.includes('p0010') ? Promise.reject(new TypeError('broken')) : past(ids, asked);
    const logged: object[] = [];
    const logger = { error: (entry: object) => logged.push(entry) } as never;
    await fillSegments({ ...deps, logger }, { generation }, fresh);
    expect(logged[0]).toMatchObject({ profileId: 'p0010', fault: 'TypeError' });
    expect(await mongo.collections.profiles.findOne({ fault: 'TypeError' })).toMatchObject({
      _id: 'p0010',
    });
    expect(await standing('twice')).toEqual({ size: CROWD / 10 - 1, isFilled: true });
  });

  it('is followed by a look for those whom an older light reached behind it', async () => {
    const generation = await define('twice', TWICE);
    await fillSegments(deps, { generation }, fresh);
    const late = { ...newProfile('a-late-one', 0, Date.now()), revision: 1 };
    await mongo.collections.profiles.insertOne(late);
    await mongo.collections.events.insertMany([
      bought('a-late-one', CROWD),
      bought('a-late-one', CROWD + 1),
    ]);
    await lookAgain(deps, { generation }, fresh);
    expect(await standing('twice')).toEqual({ size: CROWD / 10 + 1, isFilled: true });
  });

  it('takes everybody out of a segment that has members no longer', async () => {
    const generation = await define('twice', TWICE);
    await fillSegments(deps, { generation }, fresh);
    const parsed = parseCondition({ context: 'order.total', gte: 100 });
    if (!('ok' in parsed)) throw new Error('no condition');
    const segment = { name: 'twice', condition: parsed.ok };
    const put = await putSegment(mongo, { key: 'twice', segment, at: Date.now() });
    expect(put.isForgotten).toBe(true);
    const input = { generation: put.segment.generation, removed: 'twice' };
    expect(await deps.fills.removals()).toEqual([{ key: 'twice', generation: input.generation }]);
    await fillSegments(deps, input, fresh);
    const inIt = { 'segments.key': 'twice' };
    expect(await mongo.collections.profiles.countDocuments(inIt)).toBe(0);
    await lookAgain(deps, input, fresh);
    expect(await deps.fills.removals()).toEqual([]);
  });
});
