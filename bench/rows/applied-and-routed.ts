import { BATCH_MAX } from '#activities/router/batch-size.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Ground } from '../ground.ts';
import {
  anotherOf,
  batches,
  inLanes,
  knowCustomers,
  post,
  productViewed,
  range,
  routed,
  storedPattern,
} from '../load.ts';
import { expectRouted, routeBacklog } from '../route-backlog.ts';
import { expectCount, type Row, type Side } from '../row.ts';

const EVENTS = { full: 30_000, quick: 5_000, smoke: 300 };
const CUSTOMERS = { full: 10_000, quick: 1_000, smoke: 40 };

/**
 * Batches, each of what the router takes at once, under way in the limit: as many as the router has
 * owners, and as many as the load generator has connections. The better of the two is the limit of
 * its round.
 */
const LANES = { plainInTwo: 2, plainInEight: 8 };
const PLAIN = {
  side: Object.keys(LANES),
  label: `insertMany + bulkWrite per ${BATCH_MAX.toLocaleString('en')}`,
  better: 'more',
} as const;

const WITHIN_MS = 180_000;

export const appliedAndRouted: Row = {
  name: 'applied-and-routed',
  title: 'Events applied to profiles and routed, no journey listening',
  lines: [
    {
      what: 'a backlog applied and routed',
      side: 'kairos',
      figure: 'perSecond',
      unit: '/s',
      against: { ...PLAIN, target: 0.3 },
    },
    {
      what: 'accepted, applied and routed, all at once',
      side: 'whole',
      figure: 'perSecond',
      unit: '/s',
      against: PLAIN,
    },
    { what: 'CPU per event: worker', side: 'kairos', figure: 'workerMs', unit: 'ms' },
    { what: 'CPU per event: MongoDB', side: 'kairos', figure: 'mongodMs', unit: 'ms' },
  ],
  async prepare(ground) {
    const people = ground.scale(CUSTOMERS);
    await knowCustomers(ground, people);
    const pattern = await storedPattern(ground.kairos);
    const plain = Object.entries(LANES).map(
      ([name, lanes]) => [name, plainSide(ground, pattern, lanes)] as const,
    );
    return {
      sides: {
        ...Object.fromEntries(plain),
        kairos: routerSide(ground, people),
        whole: wholeSide(ground, people),
      },
    };
  },
};

/** From the first request to the last event routed, by a worker that runs all the time. */
function wholeSide(ground: Ground, people: number): Side {
  const { kairos } = ground;
  const count = ground.scale(EVENTS);
  return async () => {
    await routed(kairos, WITHIN_MS);
    const calls = range(0, count).map((number) => productViewed(number % people));
    const startedAt = performance.now();
    await post(kairos, batches(calls));
    await routed(kairos, WITHIN_MS);
    const ms = performance.now() - startedAt;
    await expectRouted(ground, calls);
    return { perSecond: (count / ms) * 1_000 };
  };
}

function routerSide(ground: Ground, people: number): Side {
  const count = ground.scale(EVENTS);
  return () =>
    routeBacklog(
      ground,
      range(0, count).map((number) => productViewed(number % people)),
    );
}

/** The limit: what must be written at the very least, in batches like the router's. */
function plainSide(ground: Ground, pattern: StoredEvent, lanes: number): Side {
  const { db, collections } = ground.kairos.mongo;
  const events = db.collection<StoredEvent>('benchEvents');
  const profiles = db.collection<Profile>('benchProfiles');
  const count = ground.scale(EVENTS);
  return async () => {
    if ((await profiles.estimatedDocumentCount()) === 0) {
      await collections.profiles.aggregate([{ $match: {} }, { $out: 'benchProfiles' }]).toArray();
    }
    const ids = (await profiles.find({}, { projection: { _id: 1 } }).toArray()).map(
      (one) => one._id,
    );
    const before = await events.estimatedDocumentCount();
    const documents = range(0, count).map((place) =>
      anotherOf(pattern, place, ids[place % ids.length] ?? ''),
    );
    const startedAt = performance.now();
    await inLanes(batches(documents, BATCH_MAX), lanes, async (batch) => {
      await events.insertMany(batch, { ordered: false });
      await profiles.bulkWrite(
        batch.map(({ profileId, occurredAt }) => ({
          updateOne: {
            filter: { _id: profileId },
            update: {
              $set: { 'traits.last_seen_at': occurredAt, updatedAt: occurredAt },
              $inc: { revision: 1 },
            },
          },
        })),
        { ordered: false },
      );
    });
    const ms = performance.now() - startedAt;
    expectCount('documents', (await events.estimatedDocumentCount()) - before, count);
    return { perSecond: (count / ms) * 1_000 };
  };
}
