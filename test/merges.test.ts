import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredMessage } from '#domain/message/message.ts';
import type { StoredSlots } from '#platform/gate-documents.ts';
import { facts, mergeDesk } from './support/merge-desk.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('merges');
  await kairos.publish({
    key: 'basket',
    name: 'Basket',
    entry: { event: 'Basket Filled', reentry: 'oneAtATime' },
    start: 'waits',
    steps: { waits: { wait: 'P1D', next: 'leave' }, leave: { end: 'done' } },
  });
}, 120_000);
afterAll(() => kairos.stop());

const { profile, merge, undo, applied, order, consent, twoCustomers } = mergeDesk(() => kairos);

const range = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(index));

/** A message that a journey sent. */
function sentTo(profileId: string, _id: string): StoredMessage {
  const at = Date.now();
  return {
    ...{ _id, profileId, runId: `run of ${_id}`, journey: 'basket', version: 1, step: 'remind' },
    ...{ channel: 'email', provider: 'sendgrid', template: 'cart-reminder', language: 'en' },
    ...{ status: 'sent', reason: null, history: [{ status: 'sent', at }], providerId: null },
    ...{ attempts: 1, calledAt: at, addressHash: null, createdAt: at, updatedAt: at },
  };
}

describe('a merge by hand', () => {
  it('is shown before, carried out with its reasons, and undone as if it had not been', async () => {
    const [ann, bea] = await twoCustomers('ann', 'bea');
    const pair = { keep: 'external:ann', merge: 'external:bea' };

    const preview = await merge({ ...pair, dryRun: true });
    expect(preview.id).toBeNull();
    const city = { what: 'attribute', name: 'city', keep: 'Kyiv', merge: 'Lviv', result: 'Lviv' };
    const email = { what: 'consent', name: 'email', keep: true, merge: false, result: false };
    const spent = { what: 'trait', name: 'total_spent', keep: 10, merge: 20, result: 30 };
    for (const change of [city, email, spent]) {
      expect(preview.changes).toContainEqual(expect.objectContaining(change));
    }
    expect((await profile('external:bea')).id).toBe(bea.id);

    const done = await merge(pair);
    expect(done.changes).toEqual(preview.changes);
    const both = await profile('external:bea');
    expect(both).toMatchObject({ id: ann.id, attributes: { city: 'Lviv' } });
    expect(both.traits).toMatchObject({ orders_count: 2, total_spent: 30 });
    expect(both.consents).toMatchObject({ email: { granted: false } });
    expect(both.identities).toEqual(['external:ann', 'external:bea']);

    await order('ann', 'later-of-ann', 1);
    await order('bea', 'later-of-bea', 2);
    await kairos.track('identify', { userId: 'bea', anonymousId: 'tablet', traits: { size: 'M' } });
    await kairos.track('track', { anonymousId: 'tablet', event: 'Looked' });
    await consent('external:ann', true);
    await applied('external:ann', 12);
    expect((await undo(done.id)).undoneAt).not.toBeNull();

    const annAgain = await profile('external:ann');
    expect(annAgain).toMatchObject({ id: ann.id, attributes: { city: 'Kyiv' } });
    expect(annAgain.attributes).not.toHaveProperty('size');
    expect(annAgain.traits).toMatchObject({ orders_count: 2, total_spent: 11 });
    expect(annAgain.consents).toMatchObject({ email: { granted: true } });
    expect(annAgain.identities).toEqual(['external:ann']);
    const beaAgain = await profile('external:bea');
    expect(beaAgain).toMatchObject({ id: bea.id, attributes: { city: 'Lviv', size: 'M' } });
    expect(beaAgain.traits).toMatchObject({ orders_count: 2, total_spent: 22 });
    expect(beaAgain.consents).toMatchObject({ email: { granted: false } });
    expect(beaAgain.identities).toEqual(['anonymous:tablet', 'external:bea']);

    // Said at once, by a process that may still believe the old owner.
    await order('bea', 'last-of-bea', 4);
    expect((await applied('external:bea', 7)).traits.total_spent).toBe(26);
    expect((await profile('external:ann')).traits.total_spent).toBe(11);
    await expect(undo(done.id)).rejects.toThrow('409');
    const audit = await kairos.mongo.collections.audit.find({ 'ids.merge': done.id }).toArray();
    expect(audit.map(({ what, who }) => [what, who])).toEqual([
      ['merged', 'admin'],
      ['mergeUndone', 'admin'],
    ]);
  });

  it('of a visitor that was undone is not made again by a call', async () => {
    await kairos.track('identify', { userId: 'cat', traits: { city: 'Odesa' } });
    await kairos.track('track', { anonymousId: 'shared', event: 'Looked' });
    const visitor = await applied('anonymous:shared', 1);
    await kairos.track('identify', { userId: 'cat', anonymousId: 'shared' });
    await applied('external:cat', 3);
    expect((await profile('anonymous:shared')).id).not.toBe(visitor.id);
    const { data } = await kairos.call<{ data: { id: string; source: string }[] }>(
      'GET',
      '/v1/merges?profile=external:cat',
    );
    expect(data).toMatchObject([{ source: 'server' }]);
    await undo(data[0]?.id ?? '');
    expect((await profile('anonymous:shared')).id).toBe(visitor.id);
    await kairos.track('identify', { userId: 'cat', anonymousId: 'shared' });
    await applied('external:cat', 4);
    expect((await profile('anonymous:shared')).id).toBe(visitor.id);
  });

  it('is undone also after others, which stand: a browser that logged in since stays', async () => {
    const [dan, eve] = await twoCustomers('dan', 'eve');
    await kairos.track('track', { anonymousId: 'laptop', event: 'Looked' });
    await applied('anonymous:laptop', 1);
    const nobody = { keep: 'external:dan', merge: 'external:nobody' };
    await expect(merge(nobody)).rejects.toThrow('404');
    const first = await merge({ keep: 'external:dan', merge: 'external:eve' });
    await expect(merge({ keep: 'external:dan', merge: 'external:eve' })).rejects.toThrow('409');
    await kairos.track('identify', { userId: 'eve', anonymousId: 'laptop', traits: { size: 'L' } });
    await order('eve', 'later-of-eve', 5);
    await applied('external:eve', 10);
    expect((await profile('anonymous:laptop')).id).toBe(dan.id);
    const ends = await Promise.allSettled([undo(first.id), undo(first.id)]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(undo('m-none')).rejects.toThrow('404');

    const eveAgain = await profile('external:eve');
    expect(eveAgain).toMatchObject({ id: eve.id, attributes: { size: 'L' } });
    expect(eveAgain.traits).toMatchObject({ orders_count: 2, total_spent: 25 });
    expect(eveAgain.identities).toEqual(['anonymous:laptop', 'external:eve']);
    expect((await profile('external:dan')).identities).toEqual(['external:dan']);
    const looked = await kairos.mongo.collections.events.findOne({
      name: 'Looked',
      moved: { $ne: [] },
      profileId: eve.id,
    });
    expect(looked).not.toBeNull();

    // What was merged since is one more merge of hers, which can be undone as well.
    const list = await kairos.call<{
      data: { id: string; kept: string; undoneAt: string | null }[];
    }>('GET', '/v1/merges?profile=external:eve');
    const login = list.data.find(({ kept, undoneAt }) => kept === eve.id && undoneAt === null);
    await undo(login?.id ?? '');
    const laptop = await profile('anonymous:laptop');
    expect([dan.id, eve.id]).not.toContain(laptop.id);
    expect(laptop.attributes).toEqual({});
    expect((await profile('external:eve')).traits).toMatchObject({ total_spent: 25 });
  });

  it('brings the messages of both together, which count for caps, until it is undone', async () => {
    const [mia, ned] = await twoCustomers('mia', 'ned');
    const { slots, messages } = kairos.mongo.collections;
    const slotsOf = (_id: string): StoredSlots => ({
      ...{ _id, revision: 1, awaited: [], expiresAt: new Date(Date.now() + 86_400_000) },
      taken: [{ id: `to ${_id}`, at: Date.now(), channel: 'email', journey: 'basket' }],
    });
    await slots.insertMany([slotsOf(mia.id), slotsOf(ned.id)]);
    const shown = async (userId: string): Promise<string[]> =>
      (await kairos.messages(`profile=external:${userId}`)).map(({ id }) => id).sort();
    await messages.insertMany([mia, ned].map(({ id }) => sentTo(id, `to ${id}`)));
    const [toMia, toNed] = [`to ${mia.id}`, `to ${ned.id}`];
    expect([await shown('mia'), await shown('ned')]).toEqual([[toMia], [toNed]]);
    const { id: merged } = await merge({ keep: 'external:mia', merge: 'external:ned' });
    const [kept, ...others] = await slots.find({}).toArray();
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ _id: mia.id, revision: 2 });
    expect(new Set(kept?.taken.map(({ id }) => id))).toEqual(new Set([toMia, toNed]));
    const since = { id: 'since', at: Date.now(), channel: 'email', journey: 'basket' } as const;
    await slots.updateOne({ _id: mia.id }, { $push: { taken: since } });
    await messages.insertOne(sentTo(mia.id, 'since'));
    const both = [toMia, toNed, 'since'].sort();
    expect([await shown('mia'), await shown('ned')]).toEqual([both, both]);
    await undo(merged);
    expect([await shown('mia'), await shown('ned')]).toEqual([['since', toMia], [toNed]]);
    const apart = await slots.find({}).toArray();
    const idsOf = (_id: string): string[] | undefined =>
      apart.find((one) => one._id === _id)?.taken.map(({ id }) => id);
    expect(idsOf(mia.id)).toEqual([toMia, 'since']);
    expect(idsOf(ned.id)).toEqual([toNed]);
    expect(apart).toHaveLength(2);
  });

  it('asked for by two at once, each the other way round, ends with one profile', async () => {
    await twoCustomers('gus', 'hal');
    const pairs = [
      { keep: 'external:gus', merge: 'external:hal' },
      { keep: 'external:hal', merge: 'external:gus' },
    ];
    const ends = await Promise.allSettled([...pairs, ...pairs].map(merge));
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    const [gus, hal] = [await profile('external:gus'), await profile('external:hal')];
    expect(gus.id).toBe(hal.id);
    expect(gus.traits).toMatchObject({ orders_count: 2, total_spent: 30 });
    const { profiles, merges } = kairos.mongo.collections;
    expect(await merges.countDocuments({ kept: gus.id, undone: { $exists: false } })).toBe(1);
    expect(await profiles.countDocuments({ mergedInto: gus.id })).toBe(1);
  });
});

describe('an undoing that a crash of the worker cut off', () => {
  it('is carried out whole, and once', async () => {
    const pairs = range(8).map((number) => [`one-${number}`, `two-${number}`] as const);
    const before = await Promise.all(pairs.map(([one, two]) => twoCustomers(one, two)));
    const merges = await Promise.all(
      pairs.map(([one, two]) => merge({ keep: `external:${one}`, merge: `external:${two}` })),
    );
    const { merges: stored, events } = kairos.mongo.collections;
    const ids = merges.map(({ id }) => id);
    const undone = (): Promise<number> =>
      stored.countDocuments({ _id: { $in: ids }, undone: { $exists: true } });
    // Who asks is told later than it is done, or not at all: only what became of it counts.
    const asked = Promise.allSettled(ids.map(undo));
    await kairos.until('the first undoing', async () => ((await undone()) > 0 ? true : null));
    await kairos.kill('worker');
    kairos.run('worker');
    await kairos.until('all undoings', async () => ((await undone()) === ids.length ? true : null));
    await asked;
    const wishes = await events.find({ undoes: { $in: ids } }).toArray();
    expect(wishes.map(({ undoes }) => undoes).sort()).toEqual([...ids].sort());
    const after = await Promise.all(pairs.flat().map((id) => profile(`external:${id}`)));
    expect(after.map(facts)).toEqual(before.flat().map(facts));
  });
});

describe('an address of two customers', () => {
  it('is listed until somebody decides', async () => {
    await kairos.track('identify', { userId: 'ivy', traits: { email: 'home@shop.example' } });
    await kairos.track('identify', { userId: 'jon', traits: { email: 'home@shop.example' } });
    await applied('external:jon', 1);
    type List = { data: { id: string; identity: string; owner: string; claimant: string }[] };
    const list = await kairos.call<List>('GET', '/v1/conflicts');
    const [ivy, jon] = [await profile('external:ivy'), await profile('external:jon')];
    const open = list.data.find(({ identity }) => identity === 'email:home@shop.example');
    expect(open).toMatchObject({ owner: ivy.id, claimant: jon.id });
    const path = `/v1/conflicts/${open?.id ?? ''}/dismiss`;
    expect(await kairos.call('POST', path)).toMatchObject({ status: 'dismissed' });
    expect((await kairos.call<List>('GET', '/v1/conflicts')).data).not.toContainEqual(open);
  });
});

describe('of two runs of one journey', () => {
  it('the older goes on, and the other ends as merged', async () => {
    const fill = (userId: string): Promise<void> =>
      kairos.track('track', { userId, event: 'Basket Filled' });
    const standing = (userId: string) =>
      kairos.until(`the run of ${userId}`, async () => {
        const [run] = await kairos.runs(`journey=basket&profile=external:${userId}`);
        return run?.temporal.runId == null ? null : run;
      });
    await fill('kim');
    const older = await standing('kim');
    await fill('lou');
    const younger = await standing('lou');
    const done = await merge({ keep: 'external:lou', merge: 'external:kim' });
    expect(done.changes).toContainEqual(
      expect.objectContaining({ what: 'run', name: younger.id, result: false, wins: 'merge' }),
    );
    const ended = await kairos.until('the end of the younger', async () => {
      const run = await kairos.call<{ status: string }>('GET', `/v1/runs/${younger.id}`);
      return run.status === 'running' ? null : run;
    });
    expect(ended).toMatchObject({ status: 'exited', outcome: 'merged' });
    const [still] = (await kairos.runs('journey=basket&profile=external:lou')).filter(
      ({ status }) => status === 'running',
    );
    expect(still?.id).toBe(older.id);
    await undo(done.id);
    expect(await standing('kim')).toMatchObject({ id: older.id, status: 'running' });
    expect(await standing('lou')).toMatchObject({ id: younger.id, outcome: 'merged' });
  });
});
