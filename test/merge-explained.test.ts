import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('merge-explained');
}, 120_000);
afterAll(() => kairos.stop());

interface Merge {
  id: string;
  changes: { what: string; name: string; result: unknown; wins: string | null }[];
}

const PAIR = { keep: 'external:pam', merge: 'external:quin' };
const ASKED = { ...PAIR, dryRun: true };

const merge = (body: object): Promise<Merge> => kairos.call<Merge>('POST', '/v1/merges', body);

const told = ({ changes }: Merge, kind: string): unknown[] =>
  changes.filter(({ what }) => what === kind).map(({ name, result, wins }) => [name, result, wins]);

describe('the preview of a merge and its answer', () => {
  it('say of segments what each can know, and which conflict is closed', async () => {
    const often = { trait: 'orders_count', gte: 2 };
    const lviv = { attribute: 'city', is: 'Lviv' };
    await kairos.call('PUT', '/v1/segments/often', { name: 'Often', condition: often });
    await kairos.call('PUT', '/v1/segments/lviv', { name: 'Lviv', condition: lviv });
    await kairos.call('PUT', '/v1/segments/press', { name: 'Press', static: true });
    for (const [userId, city] of [
      ['pam', 'Kyiv'],
      ['quin', 'Lviv'],
    ] as const) {
      const properties = { order_id: `order-of-${userId}`, revenue: 10, currency: 'USD' };
      const context = { traits: { city, email: 'home@shop.example' } };
      await kairos.track('track', { userId, event: 'Order Completed', properties, context });
    }
    await kairos.call('POST', '/v1/segments/press/members', { add: [PAIR.merge] });
    for (const key of ['lviv', 'press']) {
      await kairos.until(`quin in ${key}`, async () => {
        const path = `/v1/segments/${key}/profiles?limit=10`;
        const { data } = await kairos.call<{ data: { identities: string[] }[] }>('GET', path);
        return data.some(({ identities }) => identities.includes(PAIR.merge)) ? true : null;
      });
    }

    await expect(merge({ ...PAIR, merge: 'quin' })).rejects.toThrow('`merge`: No profile has');
    const preview = await merge(ASKED);
    expect(told(preview, 'segment')).toEqual([
      ['lviv', null, null],
      ['press', true, 'merge'],
    ]);
    const closed = [['email:home@shop.example', 'closed', 'both']];
    expect(told(preview, 'conflict')).toEqual(closed);

    const done = await merge(PAIR);
    expect(told(done, 'segment')).toEqual([
      ['lviv', true, 'merge'],
      ['often', true, 'both'],
      ['press', true, 'merge'],
    ]);
    expect(told(done, 'conflict')).toEqual(closed);
    const kept = await kairos.call<Merge>('GET', `/v1/merges/${done.id}`);
    expect(kept.changes).toEqual(done.changes);

    await kairos.call('POST', `/v1/merges/${done.id}/undo`);
    expect(told(await merge(ASKED), 'conflict')).toEqual(closed);
  });
});
