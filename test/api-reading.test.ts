import { readFile } from 'node:fs/promises';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { signLink } from '#platform/signed-link.ts';
import { ADMIN_KEY, makePerson, TestApi, type Answer } from '#test/support/api-process.ts';
import { storedMessage, storedRun } from '#test/support/stored-examples.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start('kairos-test-api-reading');
});
afterAll(async () => {
  await api.stop();
});
beforeEach(async () => {
  await Promise.all((await api.mongo.db.collections()).map((one) => one.deleteMany({})));
});

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('What happened', () => {
  it('is read as runs, newest first, without the entry’s data', async () => {
    const runs = Array.from({ length: 5 }, (_, n) => storedRun(`r${String(n)}`, AT + (n >> 1)));
    await api.mongo.collections.runs.insertMany(runs);
    const seen: unknown[] = [];
    let next: string | null = '';
    for (let page = 0; next !== null && page < 9; page += 1) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const { body } = await api.call(`/v1/runs?journey=abandoned-cart&limit=2${cursor}`);
      seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
      next = body.next as string | null;
    }
    expect(seen).toEqual(['r4', 'r3', 'r2', 'r1', 'r0']);
    const one = await api.call('/v1/runs/r0');
    expect(one.body).toEqual({
      id: 'r0',
      journey: 'abandoned-cart',
      version: 3,
      profileId: 'p1',
      status: 'completed',
      outcome: 'done',
      enteredAt: '2026-01-02T03:04:05.000Z',
      endedAt: '2026-01-02T03:04:06.000Z',
      path: [{ step: 'hour', at: '2026-01-02T03:04:05.000Z', outcome: 'passed' }],
      saved: null,
      conversion: null,
      temporal: {
        workflowId: 'r0',
        runId: 'temporal-run',
        url: 'http://127.0.0.1:8233/namespaces/default/workflows/r0/temporal-run/history',
      },
    });
    expect((await api.call('/v1/runs?status=running')).body).toEqual({ data: [], next: null });
    expect((await api.call('/v1/runs?profile=external:no')).body).toEqual({ data: [], next: null });
  });

  it('is read as messages', async () => {
    await api.mongo.collections.messages.insertOne(storedMessage('r1/remind/1/0', AT));
    const { body } = await api.call('/v1/messages?journey=abandoned-cart&run=r1&channel=email');
    expect(body).toMatchObject({
      data: [
        {
          id: 'r1/remind/1/0',
          runId: 'r1',
          status: 'sent',
          history: [{ status: 'sent', at: '2026-01-02T03:04:05.000Z' }],
        },
      ],
      next: null,
    });
    expect((await api.call('/v1/messages?profile=external:no')).body.data).toEqual([]);
  });

  it('is read as events of one customer', async () => {
    await makePerson(api, '44');
    const { body } = await api.call('/v1/profiles/external:44/events');
    expect(body).toMatchObject({ data: [{ kind: 'identify', state: 'accepted' }], next: null });
  });

  it('is read with the latest first of what came in together, page by page', async () => {
    await makePerson(api, '45');
    const { profileId } = (await api.mongo.collections.identities.findOne({
      _id: 'external:45',
    })) ?? { profileId: '' };
    const { events } = api.mongo.collections;
    const first = await events.findOne({ profileId });
    if (first === null) throw new Error('nobody was made');
    const days = [2, 4, 1, 4, 3].map((day, index) => ({
      ...first,
      _id: `imported ${String(index)}`,
      receivedAt: first.receivedAt + 1,
      occurredAt: Date.UTC(2025, 0, day),
    }));
    await events.insertMany(days);
    const ids: unknown[] = [];
    for (let cursor: unknown = ''; typeof cursor === 'string';) {
      const route = `/v1/profiles/external:45/events?limit=2&cursor=${cursor}`;
      const { body } = await api.call(route);
      ids.push(...(body.data as { id: unknown }[]).map(({ id }) => id));
      cursor = body.next;
    }
    expect(ids).toEqual([...[1, 3, 4, 0, 2].map((n) => `imported ${String(n)}`), first._id]);
  });
});

describe('A webhook', () => {
  it('of SendGrid is taken with its signature and refused when a byte differs', async () => {
    await api.mongo.collections.messages.insertOne(storedMessage('m1', AT));
    const event = { event: 'delivered', timestamp: 1_767_323_045, sg_event_id: 'e1' };
    const body = JSON.stringify([{ ...event, kairos_message_id: 'm1' }]);
    const post = (text: string, privateKey: string): Promise<Answer> => {
      const timestamp = '1767323045';
      const signature = sign('sha256', Buffer.from(timestamp + body), privateKey);
      return api.call('/v1/webhooks/sendgrid', {
        method: 'POST',
        body: text,
        key: null,
        headers: {
          'x-twilio-email-event-webhook-signature': signature.toString('base64'),
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
      });
    };
    const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    const foreign = stranger.export({ type: 'pkcs8', format: 'pem' }).toString();
    const own = api.accounts.sendgrid.webhookPrivateKey;
    expect((await post(`${body} `, own)).status).toBe(403);
    expect((await post(body, foreign)).status).toBe(403);
    expect(await api.mongo.collections.events.countDocuments()).toBe(0);
    expect((await post(body, own)).status).toBe(204);
    expect((await post(body, own)).status).toBe(204);
    const events = await api.mongo.collections.events.find().toArray();
    expect(events).toMatchObject([{ name: 'Email Delivered', properties: { message_id: 'm1' } }]);
  });

  it('of Twilio is taken with its signature', async () => {
    await api.mongo.collections.messages.insertOne({
      ...storedMessage('m2', AT),
      channel: 'sms',
    });
    const path = '/v1/webhooks/twilio?message=m2';
    const form = { MessageSid: 'SM1', MessageStatus: 'delivered' };
    const token = api.accounts.twilio.authToken;
    const signature = twilio.getExpectedTwilioSignature(token, `${api.url}${path}`, form);
    const post = (mark: string): Promise<Answer> =>
      api.call(path, {
        method: 'POST',
        body: new URLSearchParams(form).toString(),
        type: 'application/x-www-form-urlencoded',
        key: null,
        headers: { 'x-twilio-signature': mark },
      });
    expect((await post('wrong')).status).toBe(403);
    expect((await post(signature)).status).toBe(204);
    expect(await api.mongo.collections.events.countDocuments()).toBe(1);
  });
});

describe('An unsubscribe link', () => {
  it('asks in the reader’s language, unsubscribes once, and knows only its own tokens', async () => {
    const profileId = await makePerson(api, '45');
    const token = signLink(ADMIN_KEY, { profileId, channel: 'email', messageId: 'm9' });
    const path = `/v1/unsubscribe/${token}`;
    const page = await api.call(path, { key: null, headers: { 'accept-language': 'ru' } });
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/<html lang="ru" dir="ltr">[\s\S]*<button type="submit">Отписаться/);
    expect(page.text).not.toMatch(/<script/);
    const events = api.mongo.collections.events;
    expect(await events.countDocuments({ name: 'Unsubscribed' })).toBe(0);
    for (let turn = 0; turn < 2; turn += 1) {
      const done = await api.call(path, {
        method: 'POST',
        key: null,
        body: 'List-Unsubscribe=One-Click',
        type: 'application/x-www-form-urlencoded',
      });
      expect(done.status).toBe(200);
    }
    expect(await events.find({ name: 'Unsubscribed' }).toArray()).toMatchObject([
      {
        profileId,
        properties: { channel: 'email', message_id: 'm9' },
        consents: { email: { granted: false } },
      },
    ]);
    const forged = await api.call(`${path}x`, { method: 'POST', key: null });
    expect(forged.status).toBe(404);
  });
});

describe('The description', () => {
  it('is OpenAPI 3.1 and the one that is kept in docs/openapi.json', async () => {
    const { body } = await api.call('/openapi.json', { key: null });
    const file = new URL('../docs/openapi.json', import.meta.url);
    expect(body).toEqual(JSON.parse(await readFile(file, 'utf8')));
    expect(body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/v1/track', '/v1/journeys/{key}/publish', '/sandbox/inbox']),
    );
  });

  it('refers to nothing that it does not hold', async () => {
    const { text, body } = await api.call('/openapi.json', { key: null });
    const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(refs.length).toBeGreaterThan(50);
    for (const ref of new Set(refs)) {
      const found = ref
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body);
      expect({ ref, found: found !== undefined }).toEqual({ ref, found: true });
    }
  });

  it('has a page that loads nothing from elsewhere', async () => {
    expect((await api.call('/', { key: null })).headers.get('location')).toBe('/docs');
    const page = await api.call('/docs', { key: null });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    for (const path of sources) {
      expect(path).toMatch(/^\//);
      expect((await api.call(path ?? '', { key: null })).status).toBe(200);
    }
  });
});

describe('Health', () => {
  it('is alive at once, and ready only while every owner of partitions beats', async () => {
    expect((await api.call('/healthz', { key: null })).status).toBe(200);
    expect((await api.call('/readyz', { key: null })).body).toMatchObject({
      checks: { mongo: 'ok', temporal: 'ok', events: 'failing' },
    });
    interface Beat {
      _id: string;
      at: number;
      of?: number;
      owners?: Record<string, number>;
    }
    const heartbeats = api.mongo.db.collection<Beat>('heartbeats');
    await heartbeats.insertOne({ _id: 'router', at: Date.now() });
    expect((await api.call('/readyz', { key: null })).status).toBe(200);
    await heartbeats.updateOne({ _id: 'router' }, { $set: { at: Date.now() - 60_000 } });
    expect((await api.call('/readyz', { key: null })).status).toBe(503);
    // Two owners of partitions: one alone does not answer for both.
    const [now, old] = [Date.now(), Date.now() - 60_000];
    for (const [owners, status] of [
      [{ '0': now }, 503],
      [{ '0': now, '1': old }, 503],
      [{ '0': now, '1': now }, 200],
    ] as const) {
      await heartbeats.updateOne({ _id: 'router' }, { $set: { at: now, of: 2, owners } });
      expect((await api.call('/readyz', { key: null })).status).toBe(status);
    }
  });
});
