import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WEBHOOK_NAMES } from '#channels/catalogue.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { PendingReceipt } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import { SANDBOX_PARTS } from '#sandbox/catalogue.ts';
import type { ReceiptRequest } from '#sandbox/sign-receipts.ts';
import { journey, ShopCustomer } from './support/shop-customer.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** What a provider says of one message, in an order it never happened in, and some of it twice. */
const SHUFFLED: [CarriedChannel, string, string[], { told: string; events: string[] }][] = [
  [
    'email',
    'sendgrid',
    ['click', 'processed', 'delivered', 'open', 'click', 'processed'],
    {
      told: 'email clicked',
      events: ['Email Delivered', 'Email Link Clicked', 'Email Opened', 'Email Processed'],
    },
  ],
  [
    'sms',
    'twilio',
    ['delivered', 'sent', 'delivered'],
    { told: 'sms delivered', events: ['SMS Delivered', 'SMS Sent'] },
  ],
  [
    'sms',
    'infobip-sms',
    ['delivered', 'sent', 'delivered'],
    { told: 'sms delivered', events: ['SMS Delivered', 'SMS Sent'] },
  ],
  [
    'viber',
    'infobip-viber',
    ['seen', 'delivered', 'seen'],
    { told: 'viber read', events: ['Viber Delivered', 'Viber Read'] },
  ],
  [
    'web-push',
    'web-push',
    ['tapped', 'shown', 'tapped'],
    { told: 'web-push clicked', events: ['Web Push Clicked', 'Web Push Received'] },
  ],
  // FCM tells nothing: the shop's app does, through tracking.
  [
    'push',
    'fcm',
    ['tapped', 'received', 'tapped'],
    {
      told: 'push clicked',
      events: ['Push Notification Received', 'Push Notification Tapped'],
    },
  ],
];
const SILENT = SHUFFLED.map(([channel]) => ({ channel, outcome: 'silent' as const }));

let kairos: WholeKairos;

beforeAll(async () => {
  // SMS has a second provider here.
  kairos = await WholeKairos.start('receipts', { env: { INFOBIP_SMS_SENDER: 'KairosShop' } });
  const text = { text: 'Hello' };
  const email = { subject: 'Hello', html: '<p>Hello</p>' };
  const push = { title: 'Hello', body: 'Hello' };
  const languages = { en: { email, sms: text, viber: text, push, 'web-push': push } };
  await kairos.call('PUT', '/v1/templates/hello', { key: 'hello', languages });
  for (const channel of new Set(SHUFFLED.map(([one]) => one))) {
    const send = { send: { template: 'hello', channel }, next: 'done' };
    await kairos.publish(journey(channel, { send, done: { end: 'done' } }));
  }
  // Nobody tells of these but the test.
  await kairos.rules(...SILENT);
}, 120_000);
afterAll(() => kairos.stop());

interface Sent {
  customer: ShopCustomer;
  post: (name: string, change?: (request: ReceiptRequest) => ReceiptRequest) => Promise<number>;
}

/** Somebody who was sent a message, and how its provider tells of it. */
async function sent(channel: CarriedChannel, provider: string): Promise<Sent> {
  const context = { consent: { categoryPreferences: { sms: true, viber: true } } };
  const has: CarriedChannel[] = ['email', 'sms', 'push', 'web-push'];
  const customer = await ShopCustomer.join(kairos, { has, context });
  // It is the second's turn where the first is ill.
  const to = customer.addresses.sms;
  const ill = { channel: 'sms', provider: 'twilio', to, outcome: 'error' } as const;
  if (provider === 'infobip-sms') await kairos.rules(...SILENT, ill);
  await customer.does(`Entered ${channel}`);
  await customer.path(channel);
  const [message] = await customer.messages();
  const [accepted] = await customer.inbox();
  const [first, last] = webhooksIn(accepted?.payload);
  const accounts = JSON.parse(kairos.environment.SANDBOX_ACCOUNTS ?? '') as SandboxAccounts;
  const writeKey = kairos.environment.KAIROS_WRITE_KEY ?? '';
  const settings = { accounts, publicUrl: kairos.url, writeKey };
  expect(accepted?.provider).toBe(provider);
  const part = SANDBOX_PARTS.find((one) => one.provider === provider);
  const id = accepted?.id ?? '';
  const post: Sent['post'] = async (name, change = (request) => request) => {
    const receipt: PendingReceipt = {
      // The provider's own id of what it tells: the same in every repeat.
      eventId: `${id}-${name}`,
      message: { id, channel, provider, to: accepted?.to ?? '', at: Date.now() },
      callback: first ?? null,
      tags: { kairos_message_id: message?.id ?? '', messageId: id, seenUrl: last ?? '' },
      index: 0,
      name,
      due: Date.now(),
    };
    const request = part?.post([receipt], settings);
    if (!request) throw new Error(`${provider} posts nothing`);
    const { url, headers, body } = change(request);
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  return { customer, post };
}

/** The first and the last address of ours that a message names for its receipts. */
function webhooksIn(payload: unknown): [string | undefined, string | undefined] {
  const found = JSON.stringify(payload ?? {}).match(/http[^"]+\/v1\/webhooks\/[^"]+/g) ?? [];
  return [found[0], found.at(-1)];
}

/** The names of what was told of somebody's message, in order of the alphabet. */
async function told({ customer }: Sent): Promise<string[]> {
  const route = `/v1/profiles/${customer.identity}/events?limit=100`;
  const { data } = await kairos.call<{
    data: { name: string; state: string; properties: Record<string, unknown> }[];
  }>('GET', route);
  const receipts = data.filter(({ properties }) => properties.message_id !== undefined);
  if (receipts.some(({ state }) => state !== 'routed')) return [];
  return receipts.map(({ name }) => name).sort();
}

it('holds every provider that tells by a webhook, and the app that tells for FCM, to the same', () => {
  const held = SHUFFLED.map(([, provider]) => provider);
  expect(held.sort()).toEqual([...WEBHOOK_NAMES, 'fcm'].sort());
});

describe.each(SHUFFLED)('receipts of %s (%s)', (channel, provider, names, must) => {
  it('that come late, twice and in any order are events once, and the status only rises', async () => {
    const message = await sent(channel, provider);
    for (const name of names) expect(await message.post(name)).toBeLessThan(300);
    await kairos.until('all receipts', async () =>
      (await told(message)).length >= must.events.length ? true : null,
    );
    // Everything once more, long after.
    for (const name of names) expect(await message.post(name)).toBeLessThan(300);
    expect(await told(message)).toEqual(must.events);
    expect(await message.customer.told()).toEqual([must.told]);
    const [stands] = await message.customer.messages();
    const all = stands?.history.map(({ status }) => status) ?? [];
    // From when the provider took it: a first one may have refused before.
    const statuses = all.slice(all.lastIndexOf('sending'));
    expect(new Set(statuses).size).toBe(statuses.length);
    expect(statuses.at(-1)).toBe(must.told.split(' ')[1]);
  });
});

describe('a receipt', () => {
  it('that its provider did not sign changes nothing', async () => {
    const mail = await sent('email', 'sendgrid');
    const forged = await mail.post('click', (request) => ({
      ...request,
      body: request.body?.replace('"click"', '"spamreport"') ?? null,
    }));
    const text = await sent('sms', 'twilio');
    const unsigned = await text.post('delivered', (request) => ({
      ...request,
      headers: { ...request.headers, 'x-twilio-signature': 'AAAA' },
    }));
    expect([forged, unsigned]).toEqual([403, 403]);
    expect(await mail.customer.told()).toEqual(['email sent']);
    expect(await text.customer.told()).toEqual(['sms sent']);
  });

  it('of a bounce after somebody clicked is no news of the message', async () => {
    const mail = await sent('email', 'sendgrid');
    await mail.post('click');
    await mail.post('bounce');
    await kairos.until('both', async () => ((await told(mail)).length === 2 ? true : null));
    expect(await mail.customer.told()).toEqual(['email clicked']);
  });
});
