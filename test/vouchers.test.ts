import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageDesk } from './support/message-desk.ts';
import { ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const COLLEAGUE = 'colleague@shop.example';

let kairos: WholeKairos;
const { send, ended } = messageDesk(() => kairos);

beforeAll(async () => {
  kairos = await WholeKairos.start('vouchers');
  const email = { subject: 'For you', html: '<p>Your code: {{ vouchers.summer }}.</p>' };
  await kairos.call('PUT', '/v1/templates/letter', {
    ...{ key: 'letter', kind: 'transactional', languages: { en: { email } } },
  });
  await kairos.call('PUT', '/v1/vouchers/summer', { name: 'Summer', lowStock: 1 });
  // Well stocked: of two pools one runs low.
  await kairos.call('PUT', '/v1/vouchers/winter', { lowStock: 0 });
  await kairos.call('POST', '/v1/vouchers/winter/codes', { codes: ['WINTER'] });
}, 120_000);
afterAll(() => kairos.stop());

interface Pool {
  codes: Record<'free' | 'reserved' | 'issued' | 'redeemed' | 'expired', number>;
  isLow: boolean;
}

const pool = (key: string): Promise<Pool> => kairos.call<Pool>('GET', `/v1/vouchers/${key}`);

const redeem = (code: string, order_id: string): Promise<Record<string, unknown>> =>
  kairos.call('POST', '/v1/vouchers/summer/redeem', { code, order_id });

/** One figure of the API's. */
async function figure(series: string): Promise<number> {
  const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
  const text = await (await fetch(`${kairos.url}/metrics`, { headers })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

describe('a pool of voucher codes', () => {
  it('is filled, tried out for nothing, given out once, and told of when a code is used', async () => {
    const codes = ['SUMMER-1', 'SUMMER-2'];
    const fill = () => kairos.call('POST', '/v1/vouchers/summer/codes', { codes });
    expect(await fill()).toEqual({ added: 2, known: 0 });
    expect(await fill()).toEqual({ added: 0, known: 2 });
    const full = { free: 2, reserved: 0, issued: 0, redeemed: 0, expired: 0 };
    expect(await pool('summer')).toMatchObject({ codes: full, isLow: false });
    await expect(redeem('SUMMER-1', '1001')).rejects.toThrow('409');
    await expect(redeem('AUTUMN-1', '1001')).rejects.toThrow('404');

    // Whoever looks at a message, looks it over or sends it to a colleague takes nothing from customers.
    const ada = await ShopCustomer.join(kairos);
    // It is answered once what was told of her is applied.
    const { id: profileId } = await kairos.call('GET', `/v1/profiles/${ada.identity}`);
    const asked = { profile: ada.identity };
    const shown = await kairos.call('POST', '/v1/templates/letter/preview', asked);
    const html = expect.stringContaining('Your code: SAMPLE-CODE.');
    expect(shown).toMatchObject({ channels: { email: { suppressed: null, content: { html } } } });
    const looked = await kairos.call('POST', '/v1/templates/letter/lint', { sample: 10 });
    expect(looked).toMatchObject({ sampled: 1, channels: { email: { made: 1, suppressed: 0 } } });
    const to = [{ channel: 'email', address: COLLEAGUE }];
    const tried = await kairos.call('POST', '/v1/templates/letter/tests', { ...asked, to });
    expect(tried).toMatchObject({ tests: [{ status: 'accepted' }] });
    const [test] = await kairos.inbox(COLLEAGUE);
    expect(JSON.stringify(test?.payload)).toContain('Your code: SAMPLE-CODE.');
    expect(await pool('summer')).toMatchObject({ codes: full, isLow: false });

    const { id } = await send({ to: ada.identity, template: 'letter', channel: 'email' });
    await ended(id, 'delivered');
    const [mail, ...others] = await ada.inbox();
    expect(others).toEqual([]);
    const [given = ''] = /SUMMER-\d/.exec(JSON.stringify(mail?.payload)) ?? [];
    expect(codes).toContain(given);
    expect(await pool('summer')).toMatchObject({
      codes: { ...full, free: 1, issued: 1 },
      isLow: true,
    });
    // The first look at the figures: scrapers share one for half a minute.
    expect(await figure('kairos_voucher_pools_low')).toBe(1);
    expect(await figure('kairos_vouchers_left{pool="summer"}')).toBe(1);

    const first = await redeem(given, '1001');
    expect(first).toMatchObject({ alreadyRedeemed: false, profileId });
    expect(await redeem(given, '1001')).toEqual({ ...first, alreadyRedeemed: true });
    await expect(redeem(given, '1002')).rejects.toThrow('409');
    const route = `/v1/profiles/${ada.identity}/events?limit=100`;
    const told = await kairos.until('what is told of the customer', async () => {
      const { data } = await kairos.call<{ data: Told[] }>('GET', route);
      return data.some(({ name }) => name === 'Voucher Redeemed') &&
        data.every(({ state }) => state === 'routed')
        ? data
        : null;
    });
    const redeemed = told.filter(({ name }) => name === 'Voucher Redeemed');
    const properties = { pool: 'summer', code: given, order_id: '1001' };
    expect(redeemed.map((one) => one.properties)).toEqual([properties]);
    expect(await pool('summer')).toMatchObject({ codes: { ...full, free: 1, redeemed: 1 } });
  });
});

interface Told {
  name: string;
  state: string;
  properties: Record<string, unknown>;
}
