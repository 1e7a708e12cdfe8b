import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TELLING_MAX } from '#activities/router/apply-batch.ts';
import { BATCH_MAX as BATCH } from '#activities/router/batch-size.ts';
import { ownPartitions, type OwnerDeps } from '#activities/router/own-partitions.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';
import { TooMuchToHold } from '#platform/in-parts.ts';
import { createLogger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { composePassDevices } from '#worker/compose-accept.ts';
import { defineSegment, publishEntry, wireEventPath } from './support/event-path.ts';
import { queriesDuring } from './support/queries-during.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** More than it has done before what time brings is due. */
const BATCHES = 7;
/** By the clock of these tests, which only the turns of an owner move. */
const TURN_MS = 1_000;
const START = Date.UTC(2026, 10, 2, 12);

let mongo: Mongo;
let now = START;
let place = 0;

beforeAll(async () => {
  mongo = await openTestDatabase('own-partitions');
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});
beforeEach(async () => {
  const { profiles, events, segments, journeys, journeyVersions, runs } = mongo.collections;
  const all = [profiles, events, segments, journeys, journeyVersions, runs];
  await Promise.all(all.map((collection) => collection.deleteMany({})));
  now = START;
});

/** Temporal has no part here. */
const noTemporal = (): Promise<never> => Promise.reject(new Error('nothing is told to Temporal'));

function wireOwner(): OwnerDeps {
  const path = wireEventPath(mongo, () => now);
  const config = { KAIROS_RETENTION: RetentionSetting.parse(''), clock: path.clock };
  return {
    ...path,
    passDevices: composePassDevices(mongo, path.profiles, config),
    starter: { start: noTemporal, signal: noTemporal, control: noTemporal, standing: noTemporal },
    revival: { look: () => Promise.resolve(), answer: noTemporal },
    redrive: () => Promise.resolve(),
    logger: createLogger('test', 'silent'),
    // Lets the answers of the database come in between.
    awaitNews: () => new Promise((resolve) => setImmediate(resolve)),
    beat: () => Promise.resolve(),
  };
}

/** Lets one owner take so many turns, of all partitions unless it is said otherwise. */
async function takeTurns(turns: number, deps = wireOwner(), owners = 1): Promise<void> {
  let taken = 0;
  await ownPartitions(deps, { owner: 0, owners }, () => {
    now += TURN_MS;
    taken += 1;
    return taken > turns;
  });
}

function accepted(name: string, profileId: string, occurredAt = now): StoredEvent {
  place += 1;
  return {
    ...{ _id: `e${String(place)}`, profileId, partition: partitionOf(profileId), kind: 'track' },
    ...{ name, occurredAt, receivedAt: now, place, source: 'server', properties: {} },
    ...{ state: 'accepted', pending: true },
  };
}

function queue(...events: StoredEvent[]): Promise<unknown> {
  return mongo.collections.events.insertMany(events);
}

/** Who looked at something, as the queue holds them: never the same twice in a batch. */
function crowd(size: number): StoredEvent[] {
  return Array.from({ length: size }, (_, n) => accepted('Looked', `crowd-${String(n % BATCH)}`));
}

const membersOf = async (key: string): Promise<string[]> => {
  const members = mongo.collections.profiles.find({ 'segments.key': key });
  return (await members.toArray()).map(({ _id }) => _id).sort();
};

describe('while a long queue of events waits, what time brings', () => {
  beforeEach(async () => {
    const condition = { event: 'Pinged', within: 'PT1H' };
    await defineSegment(mongo, 'recent', { condition, at: now });
    await queue(accepted('Pinged', 'quiet'), accepted('Pinged', 'busy'));
    await takeTurns(2);
    expect(await membersOf('recent')).toEqual(['busy', 'quiet']);
    // The queue is begun before anybody is due, and who is due has the last event in it.
    now = START + HOUR_MS - 3 * TURN_MS;
    await queue(...crowd(BATCH * BATCHES), accepted('Pinged', 'busy', START + 30 * MINUTE_MS));
    await takeTurns(BATCHES + 3);
  });

  const told = (profileId: string): Promise<StoredEvent[]> =>
    mongo.collections.events.find({ profileId, name: 'Segment Left' }).toArray();

  it('comes before the queue is done', async () => {
    const [left] = await told('quiet');
    const { events } = mongo.collections;
    expect(await events.countDocuments({ name: 'Looked', state: 'accepted' })).toBe(0);
    const later = { name: 'Looked', appliedAt: { $gt: left?.receivedAt ?? Infinity } };
    expect(await events.countDocuments(later)).toBeGreaterThan(BATCH);
  });

  it('is not looked at for somebody whose own event is in it', async () => {
    expect(await told('busy')).toEqual([]);
    expect(await membersOf('recent')).toEqual(['busy']);
  });
});

it('what time brings waits in a short batch, too, for somebody’s event behind a merge of theirs', async () => {
  const condition = { event: 'Pinged', within: 'PT1H' };
  await defineSegment(mongo, 'recent', { condition, at: now });
  await queue(accepted('Pinged', 'busy'), accepted('Looked', 'visitor'));
  await takeTurns(1);
  expect(await membersOf('recent')).toEqual(['busy']);
  const again = accepted('Pinged', 'busy', START + 30 * MINUTE_MS);
  now = START + HOUR_MS - TURN_MS - 1;
  const receivedAt = now;
  const merge = { ...accepted('Logged In', 'busy'), merges: ['visitor'] };
  await queue(merge, { ...again, receivedAt, place: merge.place + 1 });
  const wired = wireOwner();
  const deps: OwnerDeps = {
    ...wired,
    // What was true is over just after the merge, before its turn looks at what time brings.
    transact: async (work) => {
      const done = await wired.transact(work);
      now = START + HOUR_MS;
      return done;
    },
  };
  await takeTurns(1, deps);
  const { events } = mongo.collections;
  expect(await events.distinct('name', { state: 'accepted' })).toEqual(['Pinged']);
  await takeTurns(2);
  expect(await events.countDocuments({ state: 'accepted' })).toBe(0);
  expect(await events.distinct('name', { profileId: 'busy', name: /^Segment/ })).toEqual([
    'Segment Entered',
  ]);
  expect(await membersOf('recent')).toEqual(['busy']);
});

it('events of customers with too much history to be looked at together are applied by and by', async () => {
  const WHO = ['a', 'b', 'c', 'd', 'e'];
  await queue(...WHO.map((id) => accepted('Pinged', id)), ...WHO.map((id) => accepted('Seen', id)));
  await takeTurns(1);
  // Each must be looked back at now, for a segment defined since.
  await defineSegment(mongo, 'pinged', { condition: { event: 'Pinged' }, at: now });
  const deps = wireOwner();
  const { events } = deps;
  const asked: number[] = [];
  deps.events = {
    ...events,
    past(ids, needed, bytesMax) {
      asked.push(ids.length);
      if (ids.length > 2 && bytesMax !== Infinity) return Promise.reject(new TooMuchToHold());
      return events.past(ids, needed, bytesMax);
    },
  };
  await queue(...WHO.map((id) => accepted('Looked', id)));
  await takeTurns(4, deps);
  expect(asked.slice(0, 3)).toEqual([5, 3, 2]);
  expect(await membersOf('pinged')).toEqual(WHO);
  expect(await mongo.collections.events.countDocuments({ name: 'Looked', state: 'accepted' })).toBe(
    0,
  );
});

it('an event that was written long after it was received is taken up by a later turn', async () => {
  let turns = 0;
  const deps = {
    ...wireOwner(),
    async beat() {
      turns += 1;
      // Just after a look at the whole queue.
      if (turns === 2) await queue({ ...accepted('Pinged', 'late'), receivedAt: now - HOUR_MS });
    },
  };
  await queue(accepted('Pinged', 'ann'));
  await takeTurns(4, deps);
  const waiting = await mongo.collections.events.find({ state: 'accepted' }).toArray();
  expect(waiting.map(({ profileId }) => profileId)).toEqual([]);
});

it('what waits for somebody in partitions of another owner is the next to be applied after their merge', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `person-${String(n)}`);
  const [kept = ''] = ids.filter((id) => partitionOf(id) % 2 === 0);
  const [merged = ''] = ids.filter((id) => partitionOf(id) % 2 === 1);
  await queue(accepted('Looked', kept), accepted('Looked', merged));
  await takeTurns(2);
  now += HOUR_MS;
  const late = { ...accepted('Pinged', merged), receivedAt: now - 10 * MINUTE_MS };
  await queue(late, { ...accepted('Logged In', kept), merges: [merged] });
  // The other owner does nothing meanwhile.
  await takeTurns(2, wireOwner(), 2);
  const applied = await mongo.collections.events.findOne({ _id: late._id });
  expect(applied).toMatchObject({ state: 'routed', profileId: kept });
});

describe('a device that two customers bring', () => {
  const brought = (profileId: string, seenAt: number): StoredEvent => ({
    ...{ ...accepted('Device Added', profileId, seenAt), deviceToken: 'phone' },
  });
  const holders = async (): Promise<string[]> => {
    const found = mongo.collections.profiles.find({ 'devices.token': 'phone' });
    return (await found.toArray()).map(({ _id }) => _id).sort();
  };

  it('is with whoever had it last, though theirs was applied first', async () => {
    await queue(brought('bob', START - 1_000));
    await takeTurns(1);
    await queue(brought('ann', START - 2_000));
    await takeTurns(4);
    expect(await holders()).toEqual(['bob']);
  });

  it('is with one of them, though both are applied in one batch', async () => {
    await queue(brought('bob', START - 1_000), brought('ann', START - 2_000));
    await takeTurns(4);
    expect(await holders()).toEqual(['bob']);
  });

  it('stays where the two turn out to be one person before it was taken away', async () => {
    await queue(brought('visitor', START - 2_000));
    await takeTurns(1);
    await queue(brought('bob', START - 1_000));
    // It came in before the other is told to give the device up, and is read only then.
    const login = { ...accepted('Logged In', 'bob'), merges: ['visitor'] };
    await takeTurns(1);
    const { events } = mongo.collections;
    const removals = { name: 'Device Removed', profileId: 'visitor', state: 'accepted' } as const;
    expect(await events.countDocuments(removals)).toBe(1);
    await queue(login);
    await takeTurns(4);
    expect(await events.countDocuments({ state: 'accepted' })).toBe(0);
    expect(await events.countDocuments({ ...removals, profileId: 'bob', state: 'routed' })).toBe(1);
    const [bob] = await mongo.collections.profiles.find({ _id: 'bob' }).toArray();
    expect(bob?.devices).toEqual([{ token: 'phone', at: START - 1_000 }]);
  });

  it('is found by the index', async () => {
    await queue(brought('ann', START - 1_000));
    await takeTurns(1);
    const profiles = createProfileStore(mongo.collections);
    const queries = await queriesDuring(mongo.db, () => profiles.holding(['phone', 'tablet']));
    expect(queries).toMatchObject([{ docsExamined: 1 }]);
  });
});

it('however many runs are asked for at once, an owner shows that it lives every few hundred starts', async () => {
  await publishEntry(mongo, 'welcome', { entry: { api: true }, at: START - HOUR_MS });
  const wired = wireOwner();
  const begun = [0];
  const deps: OwnerDeps = {
    ...wired,
    starter: {
      ...wired.starter,
      start() {
        begun.push((begun.pop() ?? 0) + 1);
        return Promise.resolve(true);
      },
    },
    beat: () => Promise.resolve(void begun.push(0)),
  };
  const asked = { source: 'admin', properties: { journey: 'welcome' } } as const;
  const people = Array.from({ length: 700 }, (_, n) => `asker-${String(n)}`);
  await queue(...people.map((id) => ({ ...accepted('Journey Requested', id), ...asked })));
  await takeTurns(4, deps);
  expect(begun.reduce((sum, starts) => sum + starts)).toBe(people.length);
  expect(Math.max(...begun)).toBeLessThanOrEqual(TELLING_MAX);
});

it('those who are due are found by the index, and nobody else is read', async () => {
  const { db, collections } = mongo;
  // Of 50 in each partition 13 are due; the others later, or never.
  const instants = [START, START + 1, null, START + HOUR_MS];
  const everybody = Array.from({ length: 400 }, (_, n) => ({
    ...newProfile(`p${String(n)}`, n % 8, 0),
    nextWatchAt: instants[Math.floor(n / 8) % 4] ?? null,
  }));
  await collections.profiles.insertMany(everybody);
  const store = createProfileStore(collections);
  let found: Profile[] = [];
  const look = async (limit: number) => {
    const [query] = await queriesDuring(db, async () => {
      found = await store.due([1, 5], START, limit);
    });
    return query;
  };
  const all = await look(1_000);
  expect(
    new Set(
      found.map(({ partition, nextWatchAt }) => `${String(partition)} ${String(nextWatchAt)}`),
    ),
  ).toEqual(new Set([`1 ${String(START)}`, `5 ${String(START)}`]));
  const planSummary = 'IXSCAN { partition: 1, nextWatchAt: 1 }';
  expect(all).toMatchObject({ planSummary, docsExamined: 26, nreturned: 26 });
  // The index is entered and left once in each of the two partitions.
  expect(all?.keysExamined).toBeLessThanOrEqual(26 + 2 * 2);
  expect(await look(10)).toMatchObject({ planSummary, docsExamined: 10, nreturned: 10 });
});
