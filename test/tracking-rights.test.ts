import type { Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { createAcceptReceipts } from '#events/accept-receipts.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createFindProfileId } from '#profiles/find-profile.ts';
import {
  BROWSER_KEY,
  listen,
  openTestDatabase,
  wireTracking,
  WRITE_KEY,
} from './support/tracking-app.ts';

let mongo: Mongo;
let server: Server;
let url: string;
let tracking: ReturnType<typeof wireTracking>;

beforeAll(async () => {
  mongo = await openTestDatabase('tracking-rights');
  tracking = wireTracking(mongo, { country: 'UA' });
  ({ server, url } = await listen(tracking.app));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await mongo.db.dropDatabase();
  await mongo.close();
});

beforeEach(async () => {
  const { events, identities, conflicts, messages } = mongo.collections;
  await Promise.all([events, identities, conflicts, messages].map((one) => one.deleteMany({})));
});

interface Sent {
  status: number;
  body: { success?: boolean; rejected?: unknown[]; warnings?: unknown[]; errors?: unknown[] };
  headers: Headers;
}

interface Options {
  key?: string | null;
  headers?: Record<string, string>;
}

async function post(path: string, body: unknown, options: Options = {}): Promise<Sent> {
  const { key = WRITE_KEY, headers = {} } = options;
  const basic = `Basic ${Buffer.from(`${key ?? ''}:`).toString('base64')}`;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    body: raw ? body : JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: basic }),
      ...headers,
    },
  });
  const answer = (await response.json()) as Sent['body'];
  return { status: response.status, body: answer, headers: response.headers };
}

const stored = (): Promise<StoredEvent[]> =>
  mongo.collections.events.find().sort({ receivedAt: 1, place: 1 }).toArray();

async function ownerOf(identity: string): Promise<string | null> {
  return createFindProfileId(mongo.collections)(identity);
}

describe('a browser key', () => {
  const browser = { key: BROWSER_KEY };

  it('may not record receipts, orders or what Kairos tells', async () => {
    const receipts = ['Email Delivered', 'Push Notification Tapped'];
    const own = ['Product Price Dropped', 'Segment Entered'];
    for (const event of [...receipts, 'Order Completed', ...own]) {
      expect((await post('track', { anonymousId: 'a', event }, browser)).status).toBe(400);
    }
    expect((await post('track', { anonymousId: 'a', event: 'Cart Viewed' }, browser)).status).toBe(
      200,
    );
    expect(await stored()).toHaveLength(1);
  });

  it('may fill an empty address but never change one', async () => {
    await post('identify', { userId: '1', traits: { email: 'real@a.example' } });
    const attack = {
      userId: '1',
      anonymousId: 'x',
      traits: { email: 'evil@a.example', phone: '+380501111111' },
    };
    expect((await post('identify', attack, browser)).body.warnings).toMatchObject([
      { errors: [{ pointer: '#/traits/email' }] },
    ]);
    expect((await stored()).at(-1)?.attributes).toEqual({ phone: '+380501111111' });
    expect(await ownerOf('email:evil@a.example')).toBeNull();
    const squat = { anonymousId: 'y', traits: { email: 'real@a.example' } };
    expect((await post('identify', squat, browser)).body.warnings).toHaveLength(1);
    expect((await stored()).at(-1)).not.toHaveProperty('merges');
    expect(await mongo.collections.conflicts.countDocuments()).toBe(0);
  });

  it('may set consents only from a device that is linked already', async () => {
    const context = { consent: { categoryPreferences: { email: false } } };
    await post('identify', { userId: '1', anonymousId: 'mine' });
    const said = { userId: '1', event: 'X', context };
    expect((await post('track', { ...said, anonymousId: 'other' }, browser)).status).toBe(400);
    expect((await post('track', said, browser)).status).toBe(400);
    expect(await ownerOf('anonymous:other')).toBeNull();
    expect((await post('track', { ...said, anonymousId: 'mine' }, browser)).status).toBe(200);
    const visitor = { anonymousId: 'new', event: 'X', context };
    expect((await post('track', visitor, browser)).status).toBe(200);
  });

  it('may not consent for a customer from a device that only itself has linked', async () => {
    const context = { consent: { categoryPreferences: { sms: true } } };
    await post('identify', { userId: 'known' });
    const before = { anonymousId: 'seen', event: 'X' };
    expect((await post('track', before, browser)).status).toBe(200);
    for (const anonymousId of ['fresh', 'seen']) {
      expect((await post('identify', { userId: 'known', anonymousId }, browser)).status).toBe(200);
      const named = { userId: 'known', anonymousId, event: 'X', context };
      expect((await post('track', named, browser)).status).toBe(400);
      expect((await post('track', { anonymousId, event: 'X', context }, browser)).status).toBe(400);
    }
  });

  it('may bring its push subscription where it may consent, and never a phone’s token', async () => {
    const keys = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };
    const token = { endpoint: 'https://push.example/1', keys };
    const context = { device: { token } };
    await post('identify', { userId: 'shopper' });
    await post('identify', { userId: 'shopper', anonymousId: 'stranger' }, browser);
    const said = { userId: 'shopper', anonymousId: 'stranger', event: 'X', context };
    const refused = await post('track', said, browser);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('#/context/device/token');
    const visitor = { anonymousId: 'looker', event: 'Subscribed', context };
    expect((await post('track', visitor, browser)).status).toBe(200);
    expect((await stored()).at(-1)).toMatchObject({ deviceToken: JSON.stringify(token) });
    const phone = { ...visitor, event: 'Phoned', context: { device: { token: 'app-token' } } };
    expect((await post('track', phone, browser)).status).toBe(200);
    expect((await stored()).at(-1)).not.toHaveProperty('deviceToken');
  });

  it('may consent for the customer who was a visitor on that very device', async () => {
    const context = { consent: { categoryPreferences: { sms: true } } };
    await post('page', { anonymousId: 'born', name: 'Home' }, browser);
    await post('identify', { userId: 'newcomer', anonymousId: 'born' }, browser);
    const said = { userId: 'newcomer', anonymousId: 'born', event: 'X', context };
    expect((await post('track', said, browser)).status).toBe(200);
  });
});

describe('receipts', () => {
  it('belong to the person the message went to, whoever the app says it is', async () => {
    await mongo.collections.messages.insertOne({
      _id: 'run/step/1/0',
      profileId: 'somebody',
      channel: 'push',
    } as never);
    await post('track', {
      anonymousId: 'phone',
      event: 'Push Notification Tapped',
      properties: { messageId: 'run/step/1/0' },
      context: { traits: { first_name: 'Not me' } },
    });
    const acceptReceipts = createAcceptReceipts(tracking);
    const receipt = {
      eventId: 'receipt-1',
      messageId: 'run/step/1/0',
      name: 'Email Bounced',
      occurredAt: Date.now(),
      providerId: 'p',
      bounce: 'hard',
    } as const;
    const unknown = { ...receipt, eventId: 'receipt-2', messageId: 'unknown' };
    expect(await acceptReceipts([receipt, unknown])).toMatchObject({ accepted: 1, ignored: 1 });
    expect(await acceptReceipts([receipt])).toMatchObject({ accepted: 1 });
    const [tapped, bounced, ...others] = await stored();
    expect(tapped).toMatchObject({
      profileId: 'somebody',
      properties: { message_id: 'run/step/1/0' },
    });
    expect(tapped).not.toHaveProperty('attributes');
    expect(bounced).toMatchObject({
      _id: 'receipt-1',
      source: 'provider',
      properties: { bounce: 'hard' },
    });
    expect(others).toEqual([]);
    expect(await ownerOf('anonymous:phone')).toBeNull();
  });
});
