import type { Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { createAwaitApplied } from '#events/await-applied.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createFindProfileId } from '#profiles/find-profile.ts';
import { listen, openTestDatabase, wireTracking, WRITE_KEY } from './support/tracking-app.ts';

let mongo: Mongo;
let server: Server;
let url: string;

beforeAll(async () => {
  mongo = await openTestDatabase('tracking');
  ({ server, url } = await listen(wireTracking(mongo, { country: 'UA' }).app));
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

describe('the tracking API', () => {
  it('asks to repeat what stood still before it was stored, so that no export passes it by', async () => {
    let now = Date.now();
    const slow = wireTracking(mongo, { clock: () => (now += 31_000) });
    const call = { userId: '42', event: 'Product Added', messageId: 'slow' };
    const origin = { source: 'server', kind: 'track' } as const;
    await expect(slow.accept([call], origin)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await stored()).toEqual([]);
    const prompt = wireTracking(mongo, { clock: () => now });
    await prompt.accept([call], origin);
    expect(await stored()).toMatchObject([{ _id: 'slow', receivedAt: now }]);
  });

  it('answers as Segment does, once the event is stored', async () => {
    const answer = await post('track', {
      userId: '42',
      event: 'Product Added',
      messageId: 'one',
      properties: { product_id: 'p1', price: 9.5, empty: null },
    });
    expect(answer).toMatchObject({ status: 200, body: { success: true } });
    expect(answer.body).toEqual({ success: true });
    expect(await stored()).toMatchObject([
      {
        _id: 'one',
        profileId: await ownerOf('external:42'),
        kind: 'track',
        name: 'Product Added',
        source: 'server',
        properties: { product_id: 'p1', price: 9.5 },
        state: 'accepted',
        pending: true,
      },
    ]);
  });

  it('takes all six calls and a batch on long and short paths', async () => {
    const who = { userId: '1', anonymousId: 'a1' };
    const calls: [string, object][] = [
      ['identify', { ...who, traits: { plan: 'pro' } }],
      ['track', { ...who, event: 'X' }],
      ['page', { ...who, name: 'Home' }],
      ['screen', who],
      ['group', { ...who, groupId: 'g' }],
      ['alias', { ...who, previousId: 'old' }],
    ];
    for (const [path, body] of calls) {
      expect((await post(path, body)).status).toBe(200);
      const short = JSON.stringify({ ...body, writeKey: WRITE_KEY });
      const options = { key: null, headers: { 'content-type': 'text/plain' } };
      expect((await post(path.charAt(0), short, options)).status).toBe(200);
    }
    const batch = calls.map(([type, body]) => ({ type, ...body }));
    expect((await post('b', { batch, writeKey: WRITE_KEY }, { key: null })).status).toBe(200);
    expect(await stored()).toHaveLength(18);
    expect(new Set((await stored()).map(({ profileId }) => profileId)).size).toBe(1);
  });

  it('keeps the good members of a batch in order and tells of each bad one', async () => {
    const batch = [
      { type: 'track', userId: '1', event: 'First', messageId: 'm0' },
      { type: 'track', userId: '1', messageId: 'm1' },
      'nonsense',
      { type: 'identify', userId: '1', messageId: 'm3', traits: { $set: 1 } },
      { type: 'track', userId: '1', event: 'Second', messageId: 'm4' },
      { type: 'track', userId: '1', event: 'Big', properties: { a: 'x'.repeat(33_000) } },
    ];
    const { status, body } = await post('batch', { batch });
    expect(status).toBe(200);
    expect(body.rejected).toMatchObject([
      { index: 1, messageId: 'm1', errors: [{ pointer: '#/event' }] },
      { index: 2, messageId: null, errors: [{ pointer: '#' }] },
      { index: 3, messageId: 'm3', errors: [{ pointer: '#/traits' }] },
      { index: 5, errors: [{ detail: 'The event is larger than 32 KB.' }] },
    ]);
    expect((await stored()).map(({ name }) => name)).toEqual(['First', 'Second']);
    const bad = await post('batch', { batch: [{ type: 'track' }, { type: 'x', userId: '1' }] });
    expect(bad.status).toBe(400);
    expect(bad.headers.get('content-type')).toContain('application/problem+json');
    expect(bad.body.errors).toMatchObject([
      { pointer: '#/batch/0/userId' },
      { pointer: '#/batch/0/event' },
      { pointer: '#/batch/1/type' },
    ]);
  });

  it('stores a repeated message once', async () => {
    const call = { type: 'track', userId: '1', event: 'X', messageId: 'same' };
    expect((await post('batch', { batch: [call, call] })).body).toEqual({ success: true });
    expect((await post('track', { ...call, event: 'Changed' })).body).toEqual({ success: true });
    expect(await stored()).toMatchObject([{ name: 'X' }]);
  });

  it.each([
    ['malformed JSON', '{"userId":', 400],
    ['a list', '[]', 400],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    [
      'a text of a megabyte',
      { userId: '1', event: 'X', properties: { a: 'x'.repeat(2 ** 20) } },
      413,
    ],
    [
      'an event over 32 KB',
      { userId: '1', event: 'X', properties: { a: 'x'.repeat(33_000) } },
      413,
    ],
    ['a NUL', { userId: '1', event: 'X\u0000' }, 400],
    ['half a character', '{"userId":"1","event":"\\ud800"}', 400],
    ['an operator for a key', { userId: '1', event: 'X', properties: { a: { $gt: '' } } }, 400],
    ['__proto__', '{"userId":"1","event":"X","properties":{"__proto__":{"a":1}}}', 400],
    ['an operator for an id', { userId: { $ne: null }, event: 'X' }, 400],
    [
      'deep nesting',
      `{"userId":"1","event":"X","properties":${'['.repeat(9000)}${']'.repeat(9000)}}`,
      400,
    ],
    ['an absurd date', { userId: '1', event: 'X', timestamp: '+275760-09-13' }, 400],
  ])('refuses %s and stores nothing', async (_what, body, status) => {
    const answer = await post('track', body);
    expect(answer.status).toBe(status);
    expect(await stored()).toEqual([]);
    expect(await mongo.collections.identities.countDocuments()).toBe(0);
  });

  it('refuses batches that are too large, packed or not, and unpacks gzip', async () => {
    const call = { type: 'track', userId: '1', event: 'X' };
    const packed = { headers: { 'content-encoding': 'gzip' } };
    const good = gzipSync(JSON.stringify({ batch: [call] }));
    expect((await post('batch', good, packed)).status).toBe(200);
    expect((await post('batch', Buffer.from('no gzip'), packed)).status).toBe(400);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    expect((await post('batch', bomb, packed)).status).toBe(413);
    const large = Array.from({ length: 20 }, () => ({ ...call, a: 'x'.repeat(30_000) }));
    expect((await post('batch', { batch: large })).status).toBe(413);
    const many = Array.from({ length: 2501 }, () => ({ ...call, userId: 1 }));
    expect((await post('batch', { batch: many })).status).toBe(413);
    expect((await post('batch', '{}', { headers: { 'content-encoding': 'br' } })).status).toBe(415);
  });

  it('knows its keys', async () => {
    const call = { userId: '1', event: 'X' };
    expect((await post('track', call, { key: 'wrong-key-wrong-key-wrong' })).status).toBe(401);
    expect((await post('track', call, { key: null })).status).toBe(401);
    expect((await fetch(`${url}/v1/projects/nobody/settings`)).status).toBe(404);
    const settings = await fetch(`${url}/v1/projects/${WRITE_KEY}/settings`);
    expect(await settings.json()).toMatchObject({
      integrations: { 'Segment.io': { apiKey: WRITE_KEY, apiHost: `${url.slice(7)}/v1` } },
    });
  });

  it('may be called from any page', async () => {
    const preflight = await fetch(`${url}/v1/t`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization');
  });

  it('asks to slow down before the backlog grows beyond its bound', async () => {
    const { accept } = wireTracking(mongo, { pendingMax: 2 });
    const call = { type: 'track', userId: '1', event: 'X' };
    await accept([call, call], { source: 'server' });
    await expect(accept([call], { source: 'server' })).rejects.toMatchObject({
      code: 'too-many-requests',
      retryAfterS: 2,
    });
    await mongo.collections.events.updateMany({}, { $unset: { pending: '' } });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await expect(accept([call], { source: 'server' })).resolves.toMatchObject({ accepted: 1 });
  });

  it('brings addresses into one form and says which it left out', async () => {
    const traits = { email: ' Olha@Shop.Example ', phone: '050 123 45 67' };
    expect((await post('identify', { userId: '1', traits })).body).toEqual({ success: true });
    expect(await stored()).toMatchObject([
      { attributes: { email: 'olha@shop.example', phone: '+380501234567' } },
    ]);
    const owner = await ownerOf('external:1');
    expect(await ownerOf('email:OLHA@shop.example')).toBe(owner);
    expect(await ownerOf('phone:+380501234567')).toBe(owner);
    const bad = { userId: '1', traits: { email: 'nobody', phone: 12, first_name: 'Olha' } };
    expect((await post('identify', bad)).body.warnings).toMatchObject([
      { index: 0, errors: [{ pointer: '#/traits/email' }, { pointer: '#/traits/phone' }] },
    ]);
    expect((await stored()).at(-1)?.attributes).toEqual({ first_name: 'Olha' });
  });

  it('says when an event is not yet applied', async () => {
    const awaitApplied = createAwaitApplied(mongo.collections);
    await post('track', { userId: '1', event: 'X', messageId: 'waiting' });
    expect(await awaitApplied(['waiting'], 50)).toBe(false);
    await mongo.collections.events.updateOne({ _id: 'waiting' }, { $set: { state: 'applied' } });
    expect(await awaitApplied(['waiting'], 50)).toBe(true);
  });
});
