import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BROWSER_KEY, SiteBrowser, userToken, type SiteMessage } from './support/site-browser.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const AGREE = 'You may write to me about **offers**.';

const TEMPLATE = {
  key: 'club',
  languages: {
    en: {
      widget: {
        kind: 'form',
        title: 'Join the club',
        form: {
          email: 'E-mail',
          phone: 'Phone',
          birthday: 'Birthday',
          agree: AGREE,
          submit: 'Join',
          thanks: 'Welcome!',
        },
      },
    },
  },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('site-forms', { env: { KAIROS_BROWSER_KEY: BROWSER_KEY } });
  await kairos.call('PUT', '/v1/templates/club', TEMPLATE);
  await kairos.publish({
    key: 'club',
    name: 'Club',
    entry: { event: 'Looked', reentry: 'always' },
    start: 'send',
    steps: {
      send: { send: { template: 'club', channel: 'widget' }, next: 'leave' },
      leave: { end: 'done' },
    },
  });
  await kairos.call('PUT', '/v1/settings/gate', { doubleOptIn: ['email'] });
}, 180_000);
afterAll(() => kairos.stop());

/** The id of the form, once the visitor is shown it. */
function formOf(browser: SiteBrowser): Promise<string> {
  return kairos.until('the form', async () => {
    const { data } = await browser.reads<{ data: SiteMessage[] }>('messages');
    return data[0]?.id ?? null;
  });
}

interface Answer {
  status: number;
  body: {
    consents?: Record<string, string>;
    errors?: { pointer: string; detail: string }[];
  };
}

async function fills(browser: SiteBrowser, body: object): Promise<Answer> {
  const answer = await fetch(`${kairos.url}/v1/site/forms`, {
    method: 'POST',
    headers: { ...browser.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ submission: randomUUID(), ...body }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

interface Customer {
  attributes: Record<string, unknown>;
  consents: Record<string, Record<string, unknown>>;
}

const known = (identity: string, by: string): Promise<Customer> =>
  kairos.until(`the consent to ${by}`, async () => {
    const found = await kairos.call<Customer>('GET', `/v1/profiles/${identity}`);
    return found.consents[by] === undefined ? null : found;
  });

describe('a form on the shop’s page', () => {
  it('records what was agreed to with its words, and asks for confirmation where the shop wants it', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.says('track', { event: 'Looked' });
    const id = await formOf(browser);
    const email = `olha-${randomUUID()}@shop.example`;
    const submission = randomUUID();
    const fields = { email, phone: '+380671112233', birthday: '1990-05-17' };
    const said = { id, submission, fields, agree: true };
    const answer = await fills(browser, said);
    expect(answer).toMatchObject({
      status: 200,
      body: { consents: { email: 'pending', sms: 'granted' } },
    });
    const identity = `anonymous:${browser.anonymousId}`;
    const { attributes, consents } = await known(identity, 'sms');
    expect(attributes).toMatchObject(fields);
    const proof = { source: 'form', text: AGREE, textVersion: 'club en' };
    expect(consents.email).toMatchObject({ granted: false, pending: true, ...proof });
    expect(consents.sms).toMatchObject({ granted: true, ...proof });
    // Told twice it is told once.
    await fills(browser, said);
    const events = await kairos.call<{ data: { name: string }[] }>(
      'GET',
      `/v1/profiles/${identity}/events`,
    );
    const asked = events.data.filter(({ name }) => name === 'Consent Requested');
    expect(asked).toHaveLength(1);
  });

  it('gives no consent where the box was not ticked', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.says('track', { event: 'Looked' });
    const id = await formOf(browser);
    const fields = { email: `mila-${randomUUID()}@shop.example` };
    expect((await fills(browser, { id, fields })).body.consents).toEqual({});
  });

  it('of a customer who is logged in is taken, and what of it may not be kept takes nothing along', async () => {
    const taken = `taken-${randomUUID()}@shop.example`;
    await kairos.track('identify', { userId: randomUUID(), traits: { email: taken } });
    const userId = `customer-${randomUUID()}`;
    await kairos.track('identify', { userId, traits: { email: `${userId}@shop.example` } });
    await kairos.track('track', { userId, event: 'Looked' });
    const browser = new SiteBrowser(kairos);
    browser.token = userToken(kairos, userId);
    const id = await formOf(browser);
    const fields = { email: taken, phone: '+380671112299', birthday: '1991-06-18' };
    expect((await fills(browser, { id, fields, agree: true })).status).toBe(200);
    const { attributes, consents } = await known(`external:${userId}`, 'sms');
    expect(attributes).toMatchObject({
      email: `${userId}@shop.example`,
      phone: '+380671112299',
      birthday: '1991-06-18',
    });
    expect(consents).toMatchObject({ email: { pending: true }, sms: { granted: true } });
  });

  it('says which field cannot be right, and is nobody’s but the one’s it was shown to', async () => {
    const browser = new SiteBrowser(kairos);
    await browser.says('track', { event: 'Looked' });
    const id = await formOf(browser);
    const wrong = await fills(browser, { id, fields: { email: 'nobody', name: 'Olha' } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '#/fields/email',
      '#/fields/name',
    ]);
    const stranger = new SiteBrowser(kairos);
    await stranger.says('track', { event: 'Looked' });
    await formOf(stranger);
    const stolen = { id, fields: { email: 'stranger@shop.example' }, agree: true };
    expect((await fills(stranger, stolen)).status).toBe(404);
  });
});
