import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { queriesDuring } from './support/queries-during.ts';
import { journey } from './support/shop-customer.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { CROWD, makeCrowd } from './support/shop-crowd.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('segments');
}, 120_000);
afterAll(() => kairos.stop());

const { define, live, segmentsOf, isIn, count, decide } = segmentDesk(() => kairos);

describe('a segment', () => {
  it('is shown right after its definition, and fills with everybody there is', async () => {
    await makeCrowd(kairos);
    const condition = {
      all: [
        { attribute: 'country', is: 'PL' },
        { event: 'Bought', atLeast: 2, within: 'P30D' },
      ],
    };
    expect(await define('buyers-pl', { condition })).toMatchObject({ key: 'buyers-pl' });
    expect(await kairos.call('GET', '/v1/segments/buyers-pl')).toMatchObject({ condition });
    // Each twentieth is both a fourth and a tenth.
    expect(await live('buyers-pl')).toMatchObject({ size: CROWD / 20, progress: 1 });
    const page = await kairos.call<{ data: { identities: string[] }[]; next: string | null }>(
      'GET',
      '/v1/segments/buyers-pl/profiles?limit=49',
    );
    expect(page.data).toHaveLength(49);
    const rest = `/v1/segments/buyers-pl/profiles?cursor=${String(page.next)}`;
    expect(await kairos.call('GET', rest)).toMatchObject({ data: [{}], next: null });
    expect(page.data[0]?.identities[0]).toMatch(/^external:crowd-\d*0$/);
  });

  it('takes in who did something within moments, and lets go by time alone', async () => {
    await define('pinged', { condition: { event: 'Pinged', within: 'PT4S' } });
    await define('not-pinged', {
      condition: { all: [{ attribute: 'pings', is: true }, { not: { segment: 'pinged' } }] },
    });
    await kairos.track('identify', { userId: 'pinger', traits: { pings: true } });
    await isIn('external:pinger', 'not-pinged');
    await kairos.track('track', { userId: 'pinger', event: 'Pinged' });
    await isIn('external:pinger', 'pinged');
    await isIn('external:pinger', 'pinged', false);
    await isIn('external:pinger', 'not-pinged');
    const events = await kairos.until('what was told', async () => {
      const told = '/v1/profiles/external:pinger/events?name=Segment%20Left';
      const { data } = await kairos.call<{ data: { properties: object }[] }>('GET', told);
      return data.length >= 2 ? data.map(({ properties }) => properties) : null;
    });
    expect(events).toEqual([{ segment: 'pinged' }, { segment: 'not-pinged' }]);
  });

  it('that is a list is kept by hand', async () => {
    await define('press', { static: true });
    const body = { add: ['external:crowd-1', 'external:nobody', 'external:crowd-2'] };
    expect(await kairos.call('POST', '/v1/segments/press/members', body)).toEqual({
      added: 2,
      removed: 0,
      unknown: [
        { pointer: '#/add/1', detail: expect.stringMatching(/^No profile .*`external:42`/) },
      ],
    });
    expect(await segmentsOf('external:crowd-1')).toEqual(['press']);
    await kairos.call('POST', '/v1/segments/press/members', { remove: ['external:crowd-1'] });
    expect(await segmentsOf('external:crowd-1')).toEqual([]);
    expect(await kairos.call('GET', '/v1/segments/press')).toMatchObject({ size: 1 });
    expect(await kairos.call('GET', '/v1/profiles/external:crowd-2')).toMatchObject({
      segments: [{ key: 'press' }],
    });
    await expect(
      kairos.call('POST', '/v1/segments/buyers-pl/members', { add: ['external:crowd-1'] }),
    ).rejects.toThrow('422');
  });

  it('says why somebody is in it, and until when', async () => {
    const why = await kairos.call('GET', '/v1/profiles/external:crowd-10/segments/buyers-pl/why');
    expect(why).toMatchObject({ member: false, holds: false });
    expect(why.condition).toMatchObject({
      all: [
        { holds: false, found: 'country is "UA".' },
        {
          holds: true,
          found: 'Bought happened 2 times in the last 30 days; at least 2 asked for.',
        },
      ],
    });
    const inIt = await kairos.call('GET', '/v1/profiles/external:crowd-20/segments/buyers-pl/why');
    expect(inIt).toMatchObject({ member: true, holds: true, flipsAt: expect.any(String) });
  });

  it('may speak of the request in hand, and is then decided with it', async () => {
    await define('here', {
      condition: {
        all: [{ segment: 'buyers-pl' }, { context: 'page.category', is: { param: 'category' } }],
      },
      params: ['category'],
    });
    expect(await kairos.call('GET', '/v1/segments/here')).toMatchObject({
      kept: false,
      size: null,
      status: 'live',
    });
    const asked = { context: { page: { category: 'toys' } }, params: { category: 'toys' } };
    expect(await decide('external:crowd-20', asked)).toEqual(['buyers-pl', 'here']);
    expect(await decide('external:crowd-10', asked)).toEqual([]);
    expect(await decide('external:crowd-20', { params: { category: 'toys' } })).toEqual([
      'buyers-pl',
    ]);
  });

  it('is seen by the branches of journeys, and not removed while they name it', async () => {
    const steps = {
      which: {
        branch: [
          { when: { segment: 'press' }, next: 'in' },
          { else: true, next: 'out' },
        ],
      },
      in: { end: 'in' },
      out: { end: 'out' },
    };
    await kairos.publish(journey('by-segment', steps));
    for (const userId of ['crowd-1', 'crowd-2']) {
      await kairos.track('track', { userId, event: 'Entered by-segment' });
    }
    expect(await kairos.endedRun('by-segment', 'external:crowd-2')).toMatchObject({
      outcome: 'in',
    });
    expect(await kairos.endedRun('by-segment', 'external:crowd-1')).toMatchObject({
      outcome: 'out',
    });
    await expect(kairos.call('DELETE', '/v1/segments/press')).rejects.toThrow('409');
    await expect(kairos.call('DELETE', '/v1/segments/pinged')).rejects.toThrow('not-pinged');
    await kairos.call('DELETE', '/v1/segments/not-pinged');
    expect(await segmentsOf('external:pinger')).toEqual([]);
    await expect(kairos.call('GET', '/v1/segments/not-pinged')).rejects.toThrow('404');
    // A profile that has not forgotten a removed segment yet is not shown with it.
    const _id = (await kairos.call<{ id: string }>('GET', '/v1/profiles/external:crowd-3')).id;
    const gone = { key: 'not-pinged', since: 1 };
    await kairos.mongo.collections.profiles.updateOne({ _id }, { $push: { segments: gone } });
    expect(await kairos.call('GET', '/v1/profiles/external:crowd-3')).toMatchObject({
      segments: [],
    });
  });

  it('is asked in a branch with values that its journey fills in', async () => {
    const bought = { event: 'Bought', where: { 'properties.price': { gte: { param: 'price' } } } };
    await define('bought-for', { condition: bought });
    await define('not-bought-for', { condition: { not: { segment: 'bought-for' } } });
    const ofEntry = { price: { from: 'entry.properties.price' } };
    const others = { else: true, next: 'never' };
    const steps = {
      which: {
        branch: [
          { when: { segment: 'bought-for' }, params: ofEntry, next: 'more' },
          { when: { not: { segment: 'bought-fur' } }, next: 'less' },
          others,
        ],
      },
      // Around a corner, and with a value that is written down.
      more: {
        branch: [
          { when: { segment: 'not-bought-for' }, params: { price: 11 }, next: 'both' },
          others,
        ],
      },
      both: { end: 'both' },
      less: { end: 'less' },
      never: { end: 'never' },
    };
    const { warnings } = await kairos.publish(journey('filled-in', steps));
    expect(warnings).toMatchObject([{ pointer: '#/steps/which/branch/1/when/not/segment' }]);
    expect(warnings[0]?.detail).toContain('Did you mean "bought-for"?');
    // Either bought for 10 each time.
    const enter = (userId: string, price: number): Promise<unknown> =>
      kairos.track('track', { userId, event: 'Entered filled-in', properties: { price } });
    await enter('crowd-10', 10);
    await enter('crowd-20', 11);
    const outcomeOf = async (userId: string): Promise<string | null> =>
      (await kairos.endedRun('filled-in', `external:${userId}`)).outcome;
    expect(await outcomeOf('crowd-10')).toBe('both');
    expect(await outcomeOf('crowd-20')).toBe('less');
    // Where nobody fills it in, who is in the one is not known, nor then who is not.
    expect(await decide('external:crowd-10', { params: { price: 11 } })).toContain(
      'not-bought-for',
    );
    expect(await decide('external:crowd-10')).not.toContain('not-bought-for');
  });

  it('is refused with every fault in words', async () => {
    const faulty = { condition: { all: [{ segment: 'pres' }, { trait: 'orders_count' }] } };
    await expect(define('faulty', faulty)).rejects.toThrow('#/condition/all/1');
    const unknown = { condition: { all: [{ segment: 'pres' }] } };
    const [warning] = (await define('faulty', unknown)).warnings ?? [];
    expect(warning).toMatchObject({ pointer: '#/condition/all/0/segment' });
    expect(warning?.detail).toContain('Did you mean "press"?');
  });
});

describe('a count', () => {
  const each = (condition: object): Promise<number[]> =>
    // Beside an event that never happened, the same is answered by looking at each customer.
    Promise.all(
      [condition, { any: [condition, { event: 'Never' }] }].map(
        async (one) => (await count({ condition: one })).count,
      ),
    );

  it('is the same by query and by looking at each customer', async () => {
    const PL = { attribute: 'country', is: 'PL' };
    expect(await each(PL)).toEqual([250, 250]);
    expect(await each({ all: [PL, { attribute: 'points', lt: 100 }] })).toEqual([25, 25]);
    expect(await each({ attribute: 'points', between: [10, 19.5] })).toEqual([10, 10]);
    expect(await each({ attribute: 'points', startsWith: '99' })).toEqual([11, 11]);
    expect(await each({ attribute: 'country', contains: 'L' })).toEqual([250, 250]);
    expect(await each({ attribute: 'country', in: ['PL', 'DE'] })).toEqual([250, 250]);
    expect(await each({ attribute: 'points', exists: true })).toEqual([CROWD, CROWD]);
    expect(await each({ segment: 'press' })).toEqual([1, 1]);
    expect(await each({ all: [{ consent: 'sms' }] })).toEqual([0, 0]);
    const [known, looked] = await each({ attribute: 'country', isNot: 'PL' });
    expect(known).toBe(looked);
    expect(await each({ not: { trait: 'orders_count', is: 0 } })).toEqual([0, 0]);
  });

  it('takes events, values to be filled in, and says when it is not exact', async () => {
    const condition = { event: 'Bought', atLeast: { param: 'times' } };
    expect(await count({ condition, params: { times: 2 } })).toMatchObject({
      count: CROWD / 10,
      exact: true,
    });
    expect((await count({ condition, params: { times: 1 } })).sample).toHaveLength(10);
    expect(await count({ condition })).toMatchObject({ count: 0, warnings: [{}] });
  });

  it('tells how two segments overlap, and whom a channel reaches', async () => {
    const overlap = '/v1/segments/buyers-pl/overlap?with=press';
    expect(await kairos.call('GET', overlap)).toEqual({
      ...{ one: 50, other: 1, both: 0, either: 51 },
      ...{ exact: true, why: null, looked: null },
    });
    const identify = { userId: 'crowd-2', traits: { email: 'two@shop.example' } };
    await kairos.track('identify', identify);
    await kairos.until('the address', async () => {
      const reach = await kairos.call<{ channels: object[] }>('GET', '/v1/segments/press/reach');
      const [email] = reach.channels;
      return JSON.stringify(email) === '{"channel":"email","withAddress":1,"reachable":1}'
        ? true
        : null;
    });
  });
});

describe('what one customer is in', () => {
  it('is answered from one read of the profile; of events only where no segment counts them', async () => {
    const { id: _id } = await kairos.call<{ id: string }>('GET', '/v1/profiles/external:crowd-40');
    const { db, collections } = kairos.mongo;
    const newest = await collections.settings.findOne({ _id: 'segments' });
    await kairos.until('the filling', async () => {
      const { segmentState } = (await collections.profiles.findOne({ _id })) ?? {};
      return segmentState?.generation === newest?.generation ? true : null;
    });
    // From here on nobody but the API asks the database anything.
    await kairos.kill('worker');
    const readsOf = async (act: () => Promise<unknown>): Promise<string[]> =>
      (await queriesDuring(db, act))
        .filter(({ command }) => JSON.stringify(command).includes(_id))
        .map(({ ns }) => ns.slice(ns.indexOf('.') + 1));
    const here = { context: { page: { category: 'toys' } }, params: { category: 'toys' } };
    expect(await readsOf(() => segmentsOf('external:crowd-40'))).toEqual(['profiles']);
    expect(await readsOf(() => decide('external:crowd-40', here))).toEqual(['profiles']);
    expect(await decide('external:crowd-40', here)).toEqual(['buyers-pl', 'here']);
    const filledIn = () => decide('external:crowd-40', { params: { price: 11 } });
    expect(await readsOf(filledIn)).toEqual(['profiles', 'events']);
  });
});
