import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fillWatches, type ControlDeps } from '#activities/control-journey.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Mongo } from '#platform/mongo.ts';
import { publishEntry, wireEventPath } from './support/event-path.ts';
import { openTestDatabase } from './support/tracking-app.ts';

/** More than one page. */
const CROWD = 250;

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('watch-fill');
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

it('a profile that cannot be looked at does not keep a journey from watching the others', async () => {
  const { profiles } = mongo.collections;
  const ids = Array.from({ length: CROWD }, (_, at) => `p${String(at).padStart(3, '0')}`);
  await profiles.insertMany(ids.map((id) => newProfile(id, partitionOf(id), 1)));
  const broken = 'p120';
  // What time brings for other journeys and for segments.
  const nextWatchAt = Date.now() + 60_000;
  await profiles.updateOne({ _id: broken }, { $set: { attributes: null as never, nextWatchAt } });
  const entry = { becomes: { attribute: 'city', is: 'Lviv' } };
  await publishEntry(mongo, 'watching', { entry, at: Date.now() });
  const logged: object[] = [];
  const deps = {
    logger: { error: (entry: object) => logged.push(entry) },
    ...wireEventPath(mongo, Date.now),
    starter: { start: () => Promise.reject(new Error('nobody comes in')) },
  };
  const reached: string[] = [];
  const walk = { reached: null, heartbeat: (id: string) => reached.push(id) };
  await fillWatches(deps as never as ControlDeps, { journey: 'watching', revision: 1 }, walk);
  const unwatched = await profiles.find({ 'watches.watching': { $exists: false } }).toArray();
  expect(unwatched.map(({ _id }) => _id)).toEqual([broken]);
  expect(unwatched[0]).toMatchObject({ nextWatchAt, revision: 0 });
  expect(logged).toMatchObject([{ profileId: broken, journey: 'watching', fault: 'TypeError' }]);
  expect(reached.at(-1)).toBe(ids.at(-1));
});
