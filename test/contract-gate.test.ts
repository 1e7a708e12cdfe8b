import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  CAMPAIGNS,
  CART_REMINDER_YAML,
  gateSettingsYaml,
  messagesTo,
  PREFERENCES,
  SUPPRESSION,
} from './support/contract-examples.ts';
import { messageDesk } from './support/message-desk.ts';
import { segmentDesk } from './support/segment-desk.ts';
import { ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
const { send, read } = messageDesk(() => kairos);
const { define, live } = segmentDesk(() => kairos);

beforeAll(async () => {
  kairos = await WholeKairos.start('contract-gate');
  await kairos.call('PUT', '/v1/templates/cart-reminder', CART_REMINDER_YAML);
  await define('readers', { condition: { attribute: 'group', is: 'readers' } });
  await live('readers');
}, 120_000);
afterAll(() => kairos.stop());

describe('what other programs send about whom messages reach', () => {
  it('sets the gate, by each word that may be chosen', async () => {
    const bodies = gateSettingsYaml();
    expect(bodies).toHaveLength(3);
    for (const body of bodies) {
      const said = parse(body) as object;
      expect(await kairos.call('PUT', '/v1/settings/gate', body)).toMatchObject(said);
      expect(await kairos.call('GET', '/v1/settings/gate')).toMatchObject(said);
    }
    await kairos.call('PUT', '/v1/settings/gate', {});
  });

  it('sets what a customer wishes, and where nobody may be reached', async () => {
    const { identity } = await ShopCustomer.join(kairos);
    const route = `/v1/profiles/${identity}/preferences`;
    const preferences = expect.objectContaining(PREFERENCES);
    expect(await kairos.call('PUT', route, PREFERENCES)).toMatchObject({ preferences });
    expect(await kairos.call('GET', route)).toMatchObject({ preferences });
    const { channel, reason } = SUPPRESSION;
    const listed = await kairos.call('POST', '/v1/suppressions', SUPPRESSION);
    expect(listed).toMatchObject({ channel, reason });
  });

  it('sends a message by a channel and by a cascade, once for each Idempotency-Key', async () => {
    const { identity } = await ShopCustomer.join(kairos, { traits: { first_name: 'Ada' } });
    for (const [index, body] of messagesTo(identity).entries()) {
      const one = await send(body, `message-${String(index)}`);
      expect(await send(body, `message-${String(index)}`)).toEqual({ ...one, isReplayed: true });
      await kairos.until('the mail', async () =>
        (await read(one.id)).status === 'delivered' ? true : null,
      );
    }
  });

  it('makes campaigns, orders them about, and reads counts that add up', async () => {
    const now = async (key: string): Promise<string> => {
      const { status, audience, counts } = await kairos.call<{
        status: string;
        audience: number;
        counts: Record<string, number>;
      }>('GET', `/v1/campaigns/${key}`);
      const words = ['sent', 'delivered', 'suppressed', 'failed', 'pending'];
      expect(Object.keys(counts)).toEqual(expect.arrayContaining(words));
      expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(audience);
      return status;
    };
    for (const campaign of CAMPAIGNS) {
      const made = await kairos.call('POST', '/v1/campaigns', campaign);
      expect(made).toMatchObject({ key: campaign.key });
      for (const order of ['start', 'pause', 'resume', 'stop']) {
        await kairos.call('POST', `/v1/campaigns/${campaign.key}/${order}`);
        await now(campaign.key);
      }
      await kairos.until('its end', async () =>
        (await now(campaign.key)) === 'stopped' ? true : null,
      );
    }
  });

  it('has all that is kept of somebody, erases it, and has a signed report', async () => {
    const { identity, addresses } = await ShopCustomer.join(kairos);
    const kept = await kairos.call('POST', `/v1/profiles/${identity}/export`);
    expect(JSON.stringify(kept)).toContain(addresses.email);
    const { id } = await kairos.call<{ id: string }>('POST', `/v1/profiles/${identity}/erase`);
    const { jws } = await kairos.until('the report', async () => {
      const report = await kairos.call<{ jws: string | null }>('GET', `/v1/erasures/${id}`);
      return report.jws === null ? null : { jws: report.jws };
    });
    expect(jws.split('.')).toHaveLength(3);
  });
});
