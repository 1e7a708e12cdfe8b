import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '#domain/time/duration.ts';
import { WholeKairos } from './support/whole-kairos.ts';

interface Report {
  id: string;
  status: string;
  of: number;
  looked: number;
  drifted: number;
  repaired: number;
  unproven: number;
  skipped: number;
  kinds: Record<string, number>;
  drifts: { profile: string; paths: string[]; repaired: boolean }[];
}

const CROWD = 230;

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('reconcile');
  await Promise.all([
    define('buyers', { event: 'Bought', atLeast: 2, within: 'P30D' }),
    define('ever', { event: 'Bought', atLeast: 2 }),
    define('red', { attribute: 'colour', is: 'red' }),
  ]);
  await makeCrowd();
}, 120_000);
afterAll(() => kairos.stop());

async function define(key: string, condition: object): Promise<void> {
  await kairos.call('PUT', `/v1/segments/${key}`, { name: key, condition });
  await kairos.until(`the filling of ${key}`, async () => {
    const { status } = await kairos.call<{ status: string }>('GET', `/v1/segments/${key}`);
    return status === 'live' ? true : null;
  });
}

const customer = (number: number): string => `crowd-${String(number)}`;

/** Everybody bought twice, and was somebody without a name at first. */
async function makeCrowd(): Promise<void> {
  const calls = Array.from({ length: CROWD }, (_, number) => {
    const [userId, anonymousId] = [customer(number), `${customer(number)}-device`];
    const bought = { type: 'track', event: 'Bought', properties: { price: 10 } };
    return [
      { ...bought, anonymousId },
      { type: 'identify', userId, traits: { colour: number % 2 === 0 ? 'red' : 'blue' } },
      { type: 'identify', userId, anonymousId },
      { ...bought, userId },
      {
        ...{ type: 'track', event: 'Order Completed', userId },
        properties: { order_id: `o-${String(number)}`, revenue: 20 },
      },
    ];
  }).flat();
  for (let from = 0; from < calls.length; from += 400) {
    await kairos.track('batch', { batch: calls.slice(from, from + 400) });
  }
  await allApplied();
}

async function allApplied(): Promise<void> {
  const { events } = kairos.mongo.collections;
  await kairos.until('everything to be applied', async () =>
    (await events.countDocuments({ pending: true })) === 0 ? true : null,
  );
}

async function ended(id: string): Promise<Report> {
  return kairos.until(
    'the end of the reconcile',
    async () => {
      const report = await kairos.call<Report>('GET', `/v1/reconciles/${id}`);
      return report.status === 'completed' ? report : null;
    },
    60_000,
  );
}

async function reconcile(body: object = {}): Promise<Report> {
  const { id } = await kairos.call<Report>('POST', '/v1/reconciles', body);
  return ended(id);
}

async function profileOf(number: number): Promise<string> {
  const identity = await kairos.mongo.collections.identities.findOne({
    _id: `external:${customer(number)}`,
  });
  return identity?.profileId ?? '';
}

describe('a reconcile', () => {
  it('finds everybody as their events say, merged or not', async () => {
    const merged = await kairos.mongo.collections.merges.countDocuments({});
    expect(merged).toBeGreaterThan(0);
    const report = await reconcile();
    expect(report).toMatchObject({ looked: CROWD, drifted: 0, unproven: 0, skipped: 0, kinds: {} });
    expect(report.drifts).toEqual([]);
  });

  it('goes on where it was when the worker is killed, and counts nobody twice', async () => {
    const { id } = await kairos.call<Report>('POST', '/v1/reconciles');
    await kairos.until('the first page', async () => {
      const { looked } = await kairos.call<Report>('GET', `/v1/reconciles/${id}`);
      return looked > 0 ? true : null;
    });
    await kairos.kill('worker');
    kairos.run('worker');
    expect(await ended(id)).toMatchObject({ looked: CROWD, drifted: 0 });
  }, 120_000);

  it('makes no drift of events that have expired', async () => {
    const { events, checkpoints, profiles } = kairos.mongo.collections;
    const [kept, without] = [await profileOf(1), await profileOf(2)];
    const both = { profileId: { $in: [kept, without] }, state: 'routed' as const };
    expect((await events.deleteMany(both)).deletedCount).toBeGreaterThan(8);
    // Of one there is no checkpoint either, and it is older than anything that is kept.
    await checkpoints.deleteOne({ _id: without });
    const createdAt = Date.now() - 500 * DAY_MS;
    await profiles.updateOne({ _id: without }, { $set: { createdAt }, $inc: { revision: 1 } });
    for (const number of [1, 2]) {
      await kairos.track('track', { userId: customer(number), event: 'Bought' });
    }
    await allApplied();
    const identities = [1, 2].map((number) => `external:${customer(number)}`);
    const first = await reconcile({ identities });
    expect(first).toMatchObject({ of: 2, looked: 2, drifted: 0, unproven: 1 });
    // What was taken as it stood is a beginning for the next.
    expect(await reconcile({ identities })).toMatchObject({ drifted: 0, unproven: 0 });
  });

  it('goes on from what an undone merge has left', async () => {
    const [keep, merge] = [customer(7), customer(8)].map((id) => `external:${id}`);
    const { id } = await kairos.call<{ id: string }>('POST', '/v1/merges', { keep, merge });
    await allApplied();
    await kairos.call('POST', `/v1/merges/${id}/undo`);
    for (const number of [7, 8]) {
      await kairos.track('track', { userId: customer(number), event: 'Bought' });
    }
    await allApplied();
    const report = await reconcile({ identities: [keep, merge] });
    expect(report).toMatchObject({ looked: 2, drifted: 0, unproven: 0 });
  });

  it('finds and names those that were damaged, and says what of them is wrong', async () => {
    const { profiles } = kairos.mongo.collections;
    const damaged = await Promise.all([3, 4, 5].map(profileOf));
    const [member = '', counter = '', flip = ''] = damaged;
    await profiles.updateOne({ _id: member }, { $pull: { segments: { key: 'ever' } } });
    await profiles.updateOne({ _id: counter }, { $set: { 'traits.orders_count': 5 } });
    await profiles.updateOne(
      { _id: flip },
      { $unset: { 'segmentState.flips.buyers': '' }, $set: { nextWatchAt: null } },
    );
    const report = await reconcile();
    expect(report).toMatchObject({ drifted: 3, repaired: 0 });
    expect(report.kinds).toEqual({ segments: 1, traits: 1, flips: 1, nextWatchAt: 1 });
    const found = new Map(report.drifts.map(({ profile, paths }) => [profile, paths]));
    expect(found.get(member)).toEqual(['segments.ever']);
    expect(found.get(counter)).toEqual(['traits.orders_count']);
    expect(found.get(flip)).toEqual(['flips.buyers', 'nextWatchAt']);
    await gaugeSays(3);
    // Found again, for what was found is not what the next look goes on from.
    expect(await reconcile()).toMatchObject({ drifted: 3 });
  });

  it('puts right what it is asked to, and tells what nobody was told', async () => {
    const { events } = kairos.mongo.collections;
    const member = await profileOf(3);
    const told = { profileId: member, name: 'Segment Entered', 'properties.segment': 'ever' };
    const before = await events.countDocuments(told);
    expect(await reconcile({ repair: true })).toMatchObject({ drifted: 3, repaired: 3 });
    expect(await events.countDocuments(told)).toBe(before + 1);
    await allApplied();
    expect(await reconcile()).toMatchObject({ looked: CROWD, drifted: 0, unproven: 0 });
    await gaugeSays(0);
  });

  it('looks at a rolling share, each where the one before ended', async () => {
    const first = await reconcile({ share: 0.2 });
    const second = await reconcile({ share: 0.2 });
    const { reconciles } = kairos.mongo.collections;
    const [one, other] = await Promise.all(
      [first, second].map(({ id }) => reconciles.findOne({ _id: id })),
    );
    expect(first.looked).toBeGreaterThan(CROWD / 5 - 1);
    expect(String(other?.reached) > String(one?.reached)).toBe(true);
  });

  it('is made by a schedule each night', async () => {
    const schedule = kairos.temporal.schedule.getHandle('kairos.reconcile/nightly');
    await schedule.trigger();
    const report = await kairos.until('the nightly report', async () => {
      const { data } = await kairos.call<{ data: (Report & { by: string })[] }>(
        'GET',
        '/v1/reconciles?limit=1',
      );
      return data[0]?.by === 'schedule' && data[0].status === 'completed' ? data[0] : null;
    });
    expect(report.looked).toBeGreaterThan(0);
    expect(report.looked).toBeLessThan(CROWD / 2);
  });

  it('says which of those named is nobody', async () => {
    const identities = [`external:${customer(1)}`, 'external:nobody'];
    await expect(reconcile({ identities })).rejects.toThrow('#/identities/1');
    await expect(reconcile({ share: 0.5, identities })).rejects.toThrow('422');
    await expect(reconcile({ share: 0 })).rejects.toThrow('#/share');
  });
});

/** The store is looked at every five seconds at most. */
async function gaugeSays(drifted: number): Promise<void> {
  const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
  await kairos.until(`a gauge of ${String(drifted)}`, async () => {
    const answer = await fetch(`${kairos.url}/metrics`, { headers });
    const said = /^kairos_drift_profiles (\d+)$/m.exec(await answer.text());
    return said !== null && Number(said[1]) === drifted ? true : null;
  });
}
