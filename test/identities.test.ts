import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyBatch } from '#activities/router/apply-batch.ts';
import { listConflicts } from '#merges/list-conflicts.ts';
import { erasedRef } from '#platform/hash.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createIdentityStore } from '#profiles/identity-store.ts';
import { newProfileId } from '#profiles/new-profile-id.ts';
import { OwnerCache } from '#profiles/owner-cache.ts';
import {
  createResolveIdentities,
  type IdentityClaim,
  type Resolution,
} from '#profiles/resolve-identities.ts';
import { wireEventPath } from './support/event-path.ts';
import { openTestDatabase, wireTracking } from './support/tracking-app.ts';

let mongo: Mongo;

beforeAll(async () => {
  mongo = await openTestDatabase('identities');
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

beforeEach(async () => {
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
});

function resolver(): (...said: Partial<IdentityClaim>[]) => Promise<Resolution[]> {
  const store = createIdentityStore(mongo.collections);
  const resolve = createResolveIdentities({ store, cache: new OwnerCache(Date.now), newProfileId });
  return (...said) =>
    resolve(
      said.map((one) => ({
        browser: false,
        consents: false,
        eventId: 'e',
        occurredAt: Date.now(),
        ...one,
      })),
      Date.now(),
    );
}

async function only(said: Promise<Resolution[]>): Promise<Resolution> {
  const [first] = await said;
  if (first === undefined) throw new Error('no resolution');
  return first;
}

describe('identities', () => {
  it('stay with one profile from the first visit to the log-in', async () => {
    const say = resolver();
    const visit = await only(say({ anonymous: 'a' }));
    expect(await only(say({ external: '42', anonymous: 'a' }))).toEqual(visit);
    expect(await only(say({ external: '42' }))).toEqual(visit);
    expect(await only(say({ external: '42', email: 'a@b.example' }))).toEqual(visit);
    expect(await only(say({ external: '43', email: 'c@b.example' }))).not.toEqual(visit);
  });

  it('merge a visitor who turns out to be a known customer, from any later call too', async () => {
    const say = resolver();
    const [visitor, customer] = await say({ anonymous: 'b' }, { external: '42' });
    const expected = { ...customer, merges: [visitor?.profileId] };
    expect(await only(say({ external: '42', anonymous: 'b' }))).toEqual(expected);
    expect(await only(say({ external: '42', anonymous: 'b' }))).toEqual(expected);
    // Somebody else at the same device cannot take what is on its way to the first.
    expect(await only(say({ external: '43', anonymous: 'b' }))).not.toHaveProperty('merges');
  });

  it('do not mix two customers at one device', async () => {
    const say = resolver();
    const first = await only(say({ external: '1', anonymous: 'tablet' }));
    const second = await only(say({ external: '2', anonymous: 'tablet' }));
    expect(second).not.toHaveProperty('merges');
    expect(second.profileId).not.toBe(first.profileId);
    expect(await only(say({ anonymous: 'tablet' }))).toEqual(first);
  });

  it('join an address to its owner, or keep the conflict of two customers', async () => {
    const say = resolver();
    const reader = await only(say({ anonymous: 'c', email: 'x@b.example' }));
    expect(await only(say({ external: '1', email: 'x@b.example' }))).toEqual(reader);
    const other = await only(say({ external: '2', email: 'x@b.example' }));
    expect(other).not.toHaveProperty('merges');
    expect(await mongo.collections.conflicts.find().toArray()).toMatchObject([
      { identity: 'email:x@b.example', ownerId: reader.profileId, claimantId: other.profileId },
    ]);
    const known = await only(say({ anonymous: 'd', email: 'x@b.example' }));
    expect(known.profileId).toBe(reader.profileId);
    const [young, old] = [await only(say({ anonymous: 'e' })), await only(say({ external: '1' }))];
    expect(await only(say({ anonymous: 'e', email: 'x@b.example' }))).toEqual({
      ...old,
      merges: [young.profileId],
    });
  });

  it('of two customers with one phone stay apart, and the phone is listed for somebody to decide', async () => {
    let now = Date.now();
    const { accept } = wireTracking(mongo, { clock: () => now, country: 'UA' });
    const say = async (call: object): Promise<void> => {
      now += 1;
      await accept([{ type: 'identify', ...call }], { source: 'server' });
    };
    await say({ userId: 'mother', traits: { phone: '+380 50 123-45-67', first_name: 'Olha' } });
    await say({ userId: 'son', traits: { phone: '050 123 45 67', first_name: 'Ivan' } });
    await say({ userId: 'son', traits: { phone: '+380501234567' } });
    // Of whom nothing but the phone is known is the first who had it.
    await say({ traits: { phone: '+380501234567', city: 'Lviv' }, anonymousId: 'tablet' });
    const { events, identities } = mongo.collections;
    const owners = await identities.find({ kind: 'external' }).toArray();
    const [mother, son] = ['mother', 'son'].map(
      (id) => owners.find(({ _id }) => _id === `external:${id}`)?.profileId,
    );
    expect(mother).not.toBe(son);
    const said = await events.find().sort({ receivedAt: 1 }).toArray();
    expect(said.map(({ profileId }) => profileId)).toEqual([mother, son, son, mother]);
    expect(said.filter(({ merges }) => merges !== undefined)).toEqual([]);
    const { rows } = await listConflicts(mongo.collections, { limit: 10, after: null });
    expect(rows).toMatchObject([
      { identity: 'phone:+380501234567', ownerId: mother, claimantId: son },
    ]);
  });

  it('follow an alias, between customers only from a server', async () => {
    const say = resolver();
    const [one, two] = await say({ external: '1' }, { external: '2' });
    const alias = { external: '2', previous: '1' };
    expect(await only(say({ ...alias, browser: true }))).toEqual(two);
    expect(await only(say(alias))).toEqual({ ...two, merges: [one?.profileId] });
    expect(await only(say({ external: 'new', previous: '1' }))).toEqual(one);
    const visitor = await only(say({ anonymous: 'z' }));
    expect(await only(say({ external: 'fresh', previous: 'z' }))).toEqual(visitor);
  });

  it('are seen by later calls of the same request', async () => {
    const found = await resolver()(
      { anonymous: 'a' },
      { external: '1', anonymous: 'a' },
      { external: '1', phone: '+380501234567' },
      { anonymous: 'q', phone: '+380501234567' },
    );
    expect(new Set(found.map(({ profileId }) => profileId)).size).toBe(1);
  });

  it('of a profile that was merged are never another customer’s, however long ago that was looked up', async () => {
    let now = Date.now();
    const { accept } = wireTracking(mongo, { clock: () => now });
    const path = wireEventPath(mongo, () => now);
    const say = async (...calls: object[]): Promise<void> => {
      const said = calls.map((call) => ({ type: 'identify', ...call }));
      now += 1;
      await accept(said, { source: 'server' });
      const { events } = mongo.collections;
      const waiting = await events.find({ state: 'accepted' }).sort({ place: 1 }).toArray();
      for (const event of waiting) await applyBatch(path, [event]);
    };
    const traits = { email: 'm@shop.example' };
    await say({ anonymousId: 'older' });
    await say({ anonymousId: 'younger' });
    const { identities } = mongo.collections;
    const younger = await identities.findOne({ _id: 'anonymous:younger' });
    const id = younger?.profileId ?? '';
    // The younger becomes part of the older, and that of a customer.
    await say({ anonymousId: 'older', traits }, { anonymousId: 'younger', traits });
    await say({ userId: '42' }, { userId: '42', anonymousId: 'older' });
    expect(await identities.distinct('profileId')).toHaveLength(1);
    // A process that found nobody speaking for the younger before that, and was slow to say so.
    const late = { _id: 'external:43', kind: 'external', profileId: id, externalOf: id } as const;
    const store = createIdentityStore(mongo.collections);
    expect(await store.insert([{ ...late, at: Date.now() }])).toBe(false);
  });

  it('of somebody erased find nobody for what happened before, and a new customer for what happens after', async () => {
    const resolve = resolver();
    const email = 'gone@shop.example';
    const now = Date.now();
    await mongo.collections.erased.insertOne({
      ...{ _id: erasedRef(`email:${email}`), at: now - 1_000, erasure: 'erasure_1' },
    });
    const before = { email, occurredAt: now - 1_000 };
    const late = { email, occurredAt: now - 3_600_000 };
    expect(await resolve(before, late)).toEqual([
      { profileId: '', erased: true },
      { profileId: '', erased: true },
    ]);
    expect(await mongo.collections.identities.countDocuments()).toBe(0);
    const { profileId } = await only(resolve({ email, occurredAt: now }));
    expect(profileId).not.toBe('');
    // Who is back is known, and what was theirs before is not.
    expect(await only(resolve(late))).toEqual({ profileId: '', erased: true });
    expect((await only(resolve({ email }))).profileId).toBe(profileId);
    // Of others of the same request it is nothing.
    const both = await resolve(late, { external: '7', occurredAt: now - 3_600_000 });
    expect(both.map(({ erased = false }) => erased)).toEqual([true, false]);
  });

  it('of one new customer, said to two processes at once, make one profile', async () => {
    const processes = [wireTracking(mongo), wireTracking(mongo)];
    const call = (person: number, time: number) => ({
      type: 'identify',
      userId: `user-${String(person)}`,
      anonymousId: `visitor-${String(person)}`,
      traits: { email: `p${String(person)}@shop.example` },
      messageId: `${String(person)}/${String(time)}`,
    });
    const people = [0, 1, 2, 3, 4];
    await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].flatMap((time) =>
        processes.map(({ accept }, at) => {
          const order = (time + at) % 2 === 0 ? people : people.toReversed();
          const calls = order.map((person) => call(person, time * 2 + at));
          return accept(calls, { source: 'server' });
        }),
      ),
    );
    const { events, identities, conflicts } = mongo.collections;
    expect(await events.countDocuments()).toBe(80);
    for (const person of people) {
      const said = new RegExp(`^${String(person)}/`);
      expect(await events.distinct('profileId', { _id: said })).toHaveLength(1);
    }
    expect(await identities.distinct('profileId')).toHaveLength(people.length);
    expect(await identities.countDocuments()).toBe(3 * people.length);
    expect(await events.countDocuments({ merges: { $exists: true } })).toBe(0);
    expect(await conflicts.countDocuments()).toBe(0);
  });
});
