import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createLogger } from '#platform/logger.ts';
import { createBackfillNames } from '#profiles/backfill-names.ts';
import { WholeKairos } from './support/whole-kairos.ts';

interface Found {
  id: string;
  name: string | null;
  identities: string[];
  ordersCount: number;
  totalSpent: number;
}
interface FoundPage {
  data: Found[];
  next: string | null;
}

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('profile-search', { env: { KAIROS_COUNTRY: 'DE' } });
  await kairos.call('PUT', '/v1/segments/berliners', {
    name: 'Berliners',
    condition: { attribute: 'city', is: 'Berlin' },
  });
  await tell('anna', { first_name: 'Anna', last_name: 'Müller', city: 'Berlin' });
  await tell('bert', { name: 'Bert Mulder', email: 'bert@shop.example', city: 'Berlin' });
  await tell('cleo', { firstName: 'Cléo', lastName: "O'Neill", phone: '030 901820' });
  await tell('dora', { name: 'Dora Muller-Anders', city: 'Berlin' });
  await kairos.track('track', { anonymousId: 'tablet-7', event: 'Looked' });
  await applied(5);
}, 120_000);
afterAll(() => kairos.stop());

async function tell(userId: string, traits: object): Promise<void> {
  await kairos.track('identify', { userId, traits });
}

const search = (body: object): Promise<FoundPage> =>
  kairos.call<FoundPage>('POST', '/v1/profiles/search', body);

/** What somebody is called by the shop, or else by their browser. */
const people = ({ data }: FoundPage): (string | undefined)[] =>
  data.map(({ identities }) => identities.find((id) => id.startsWith('external:'))?.slice(9));

async function applied(count: number): Promise<void> {
  await kairos.until('all customers', async () => {
    const { profiles } = kairos.mongo.collections;
    return (await profiles.countDocuments({ mergedInto: null })) >= count ? true : null;
  });
}

/** Every page of a search, one after the other. */
async function allPages(body: object): Promise<FoundPage[]> {
  const pages: FoundPage[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: FoundPage = await search({ ...body, ...(cursor === '' ? {} : { cursor }) });
    pages.push(page);
    cursor = page.next;
  }
  return pages;
}

describe('a search for customers', () => {
  it('finds by any identity, written as people write it and without its kind', async () => {
    const found = async (identity: string): Promise<unknown> => people(await search({ identity }));
    expect(await found('anna')).toEqual(['anna']);
    expect(await found('external:anna')).toEqual(['anna']);
    expect(await found(' Bert@Shop.example ')).toEqual(['bert']);
    expect(await found('email:bert@shop.example')).toEqual(['bert']);
    for (const phone of ['030 901820', '+49 30 901820', '(030) 90-18-20', 'phone:030/901820']) {
      expect([phone, await found(phone)]).toEqual([phone, ['cleo']]);
    }
    const { data } = await search({ identity: 'tablet-7' });
    expect(data).toHaveLength(1);
    expect(people(await search({ identity: data[0]?.id ?? '' }))).toEqual([undefined]);
    expect(await found('nobody@shop.example')).toEqual([]);
  });

  it('finds by the beginning of any word of a name, whatever its case and accents', async () => {
    const found = async (namePrefix: string): Promise<unknown> =>
      people(await search({ namePrefix }));
    expect(await found('mül')).toEqual(['bert', 'anna', 'dora']);
    expect(await found('MULLER')).toEqual(['anna', 'dora']);
    expect(await found('an')).toEqual(['dora', 'anna']);
    expect(await found('mü ann')).toEqual(['anna']);
    expect(await found('oneill')).toEqual(['cleo']);
    expect(await found('cleo o’n')).toEqual(['cleo']);
    expect(await found('xyz')).toEqual([]);
    await expect(search({ namePrefix: '!?' })).rejects.toThrow(/422.*namePrefix/);
  });

  it('shows who it found in short, and forgets a name that is no longer theirs', async () => {
    const order = { order_id: 'o1', revenue: 12.5, currency: 'USD' };
    await kairos.track('track', { userId: 'bert', event: 'Order Completed', properties: order });
    const bert = await kairos.until('the order', async () => {
      const [one] = (await search({ identity: 'bert' })).data;
      return one?.ordersCount === 1 ? one : null;
    });
    expect(bert).toMatchObject({
      name: 'Bert Mulder',
      identities: ['email:bert@shop.example', 'external:bert'],
      links: { self: `/v1/profiles/${bert.id}` },
    });
    await tell('cleo', { lastName: 'Zola' });
    await kairos.until('the new name', async () => {
      const names = people(await search({ namePrefix: 'zola' }));
      return names.length === 1 ? true : null;
    });
    expect(people(await search({ namePrefix: 'oneill' }))).toEqual([]);
  });

  it('lists a segment’s members and those of whom a condition holds, the newest first', async () => {
    await kairos.until('the segment', async () => {
      const { size, status } = await kairos.call('GET', '/v1/segments/berliners');
      return size === 3 && status === 'live' ? true : null;
    });
    const newest = ['dora', 'bert', 'anna'];
    expect(people(await search({ segment: 'berliners' }))).toEqual(newest);
    const pages = await allPages({ segment: 'berliners', limit: 2 });
    expect(pages.map(({ data }) => data.length)).toEqual([2, 1]);
    const condition = { all: [{ segment: 'berliners' }, { trait: 'orders_count', is: 0 }] };
    expect(people(await search({ condition }))).toEqual(['dora', 'anna']);
    const byOne = await allPages({ condition: { event: 'Order Completed' }, limit: 1 });
    expect(byOne.flatMap(people)).toEqual(['bert']);
    await expect(search({ segment: 'nobody-knows' })).rejects.toThrow('404');
  });

  it('takes one question at a time, and no cursor of another', async () => {
    await expect(search({})).rejects.toThrow(/422.*exactly one/);
    await expect(search({ identity: 'x', segment: 'y' })).rejects.toThrow(/422.*exactly one/);
    await expect(search({ identity: 'x', limit: 1001 })).rejects.toThrow('422');
    await expect(search({ condition: { attribute: 'a' } })).rejects.toThrow('422');
    const { next } = await search({ namePrefix: 'mul', limit: 1 });
    await expect(search({ namePrefix: 'an', cursor: next })).rejects.toThrow('400');
  });

  it('finds customers of earlier versions once the worker has looked through them', async () => {
    const { db, collections } = kairos.mongo;
    const wasNamed = { names: { $exists: true } };
    const before = await collections.profiles.countDocuments(wasNamed);
    await collections.profiles.updateMany(wasNamed, { $unset: { names: '' } });
    expect((await search({ namePrefix: 'bert' })).data).toEqual([]);
    await db.collection('backfills').deleteMany({});
    const logger = createLogger('worker', 'silent');
    const { signal } = new AbortController();
    await createBackfillNames({ db, logger, pageSize: 2 })(signal);
    expect(people(await search({ namePrefix: 'bert' }))).toEqual(['bert']);
    expect(await collections.profiles.countDocuments(wasNamed)).toBe(before);
  });

  it('reads by name no more than a page from its index, however many there are', async () => {
    const { profiles } = kairos.mongo.collections;
    const many = Array.from({ length: 20_000 }, (_, n) => ({
      ...newProfile(`crowd-${String(n).padStart(5, '0')}`, 0, n),
      attributes: { name: 'Crowd Crowder' },
      names: ['crowd', 'crowder'],
    }));
    await profiles.insertMany(many);
    await kairos.mongo.db.command({ profile: 2 });
    const pages = [await search({ namePrefix: 'crowd', limit: 50 })];
    const second = await search({ namePrefix: 'crowd', limit: 50, cursor: pages[0]?.next });
    await kairos.mongo.db.command({ profile: 0 });
    const ids = [...pages, second].flatMap(({ data }) => data.map(({ id }) => id));
    expect(ids).toEqual(many.slice(0, 100).map(({ _id }) => _id));
    const plans = await kairos.mongo.db
      .collection('system.profile')
      .find({ 'command.find': 'profiles', 'command.min': { $exists: true } })
      .toArray();
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      expect(plan).toMatchObject({ planSummary: 'IXSCAN { names: 1, _id: 1 }' });
      expect(plan).not.toHaveProperty('hasSortStage');
      expect(plan.docsExamined).toBeLessThan(60);
    }
    // Each of them has two such words and is listed once.
    const all = await allPages({ namePrefix: 'crowd', limit: 1000 });
    const seen = all.flatMap(({ data }) => data.map(({ id }) => id));
    expect(seen).toHaveLength(20_000);
    expect(new Set(seen).size).toBe(20_000);
  });
});
