import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ABANDONED_CART_YAML, CART_REMINDER_YAML } from '#test/support/contract-examples.ts';
import { makePerson, pointersOf, TestApi, type Answer } from '#test/support/api-process.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start('kairos-test-api');
});
afterAll(async () => {
  await api.stop();
});
beforeEach(async () => {
  await Promise.all((await api.mongo.db.collections()).map((one) => one.deleteMany({})));
});

const yaml = (method: string, path: string, body: string): Promise<Answer> =>
  api.call(path, { method, body, type: 'application/yaml' });
const order = (word: string, key = 'abandoned-cart'): Promise<Answer> =>
  api.call(`/v1/journeys/${key}/${word}`, { method: 'POST' });
const offerYaml = CART_REMINDER_YAML.replace('key: cart-reminder', 'key: cart-offer');

async function storeTemplates(): Promise<void> {
  expect((await yaml('PUT', '/v1/templates/cart-reminder', CART_REMINDER_YAML)).status).toBe(201);
  expect((await yaml('PUT', '/v1/templates/cart-offer', offerYaml)).status).toBe(201);
}

const apiJourney = {
  key: 'welcome',
  name: 'Welcome',
  entry: { api: true, reentry: 'always' },
  start: 'done',
  steps: { done: { end: 'done' } },
};

describe('A journey', () => {
  it('is made from the YAML that shops send, as a draft', async () => {
    const made = await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/v1/journeys/abandoned-cart');
    expect(made.body).toMatchObject({ key: 'abandoned-cart', status: 'draft', version: 0 });
    expect(made.body.warnings).toEqual([
      { pointer: '#/steps/remind/send/template', detail: 'There is no template `cart-reminder`.' },
      { pointer: '#/steps/offer/send/template', detail: 'There is no template `cart-offer`.' },
    ]);
    const read = await api.call('/v1/journeys/abandoned-cart');
    expect(read.body).toEqual(made.body);
    const again = await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    expect(again.status).toBe(409);
  });

  it('is not published while a template it names is missing', async () => {
    await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    const refused = await order('publish');
    expect(refused.status).toBe(422);
    expect(pointersOf(refused)).toEqual([
      '#/steps/remind/send/template',
      '#/steps/offer/send/template',
    ]);
    expect((await api.call('/v1/journeys/abandoned-cart')).body).toMatchObject({
      status: 'draft',
      version: 0,
    });
    expect(await api.mongo.collections.journeyVersions.countDocuments()).toBe(0);
  });

  it('goes from draft through live, paused and stopped, and a repeat changes nothing', async () => {
    await storeTemplates();
    await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    for (const word of ['pause', 'resume', 'stop']) expect((await order(word)).status).toBe(409);
    const live = { key: 'abandoned-cart', version: 1, status: 'live' };
    expect((await order('publish')).body).toEqual({ ...live, warnings: [] });
    expect((await order('resume')).body).toEqual(live);
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await order('pause')).body).toEqual({ ...live, status: 'paused' });
    }
    expect((await order('resume')).body).toEqual(live);
    expect((await order('stop')).body).toEqual({ ...live, status: 'stopped' });
    expect((await order('stop')).status).toBe(200);
    expect((await order('resume')).status).toBe(409);
    expect((await order('publish')).body).toEqual({ ...live, version: 2, warnings: [] });
    expect((await order('publish', 'nobody')).status).toBe(404);
  });

  it('keeps its published versions as they were when the draft changes', async () => {
    await storeTemplates();
    await yaml('PUT', '/v1/journeys/abandoned-cart', ABANDONED_CART_YAML);
    await order('publish');
    const changed = ABANDONED_CART_YAML.replace('name: Abandoned cart', 'name: Changed');
    expect((await yaml('PUT', '/v1/journeys/abandoned-cart', changed)).body).toMatchObject({
      status: 'live',
      version: 1,
      name: 'Changed',
    });
    await order('publish');
    const { body } = await api.call('/v1/journeys/abandoned-cart/versions');
    expect(body).toMatchObject({
      data: [
        { version: 2, definition: { name: 'Changed' } },
        { version: 1, definition: { name: 'Abandoned cart' } },
      ],
      next: null,
    });
  });

  it('gets two different versions from two who publish at once', async () => {
    await storeTemplates();
    await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    const both = await Promise.all([order('publish'), order('publish'), order('publish')]);
    expect(both.map(({ body }) => body.version).sort()).toEqual([1, 2, 3]);
  });

  it('is made once by calls with one Idempotency-Key', async () => {
    const make = (name: string): Promise<Answer> =>
      api.call('/v1/journeys', {
        method: 'POST',
        json: { ...apiJourney, name },
        headers: { 'Idempotency-Key': 'make-1' },
      });
    const first = await make('Welcome');
    const second = await make('Welcome');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await make('Another')).status).toBe(422);
  });

  it('is listed page by page', async () => {
    for (const key of ['a', 'b', 'c']) {
      await api.call('/v1/journeys', { method: 'POST', json: { ...apiJourney, key } });
    }
    const first = await api.call('/v1/journeys?limit=2');
    expect(first.body).toMatchObject({ data: [{ key: 'a' }, { key: 'b' }] });
    const rest = await api.call(`/v1/journeys?limit=2&cursor=${String(first.body.next)}`);
    expect(rest.body).toMatchObject({ data: [{ key: 'c' }], next: null });
  });
});

describe('A template', () => {
  it('is stored from the YAML that shops send and read back', async () => {
    await storeTemplates();
    const again = await yaml('PUT', '/v1/templates/cart-reminder', CART_REMINDER_YAML);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ key: 'cart-reminder', topic: 'offers', revision: 2 });
    const read = await api.call('/v1/templates/cart-reminder');
    expect(read.body).toEqual(again.body);
    expect((await api.call('/v1/templates')).body).toMatchObject({
      data: [{ key: 'cart-offer' }, { key: 'cart-reminder' }],
      next: null,
    });
  });

  it('has drafts, versions and blocks of its own', async () => {
    const sms = (text: string): object => ({ languages: { en: { sms: { text } } } });
    const say = (method: string, path: string, json?: unknown): Promise<Answer> =>
      api.call(`/v1${path}`, { method, ...(json === undefined ? {} : { json }) });
    const footer = { languages: { en: { text: 'Your shop' } } };
    expect((await say('PUT', '/blocks/footer', footer)).status).toBe(201);
    const draft = await say('PUT', '/templates/hi/draft', sms("Hi. {% block 'footer' %}"));
    expect([draft.status, draft.body.faults]).toEqual([201, []]);
    expect((await say('GET', '/templates/hi')).status).toBe(404);
    const published = await say('POST', '/templates/hi/publish');
    expect(published.body).toMatchObject({ version: 1, blocks: [{ key: 'footer', version: 1 }] });
    expect((await say('GET', '/blocks/footer')).body).toMatchObject({
      usedBy: [{ template: 'hi', version: 1 }],
    });
    await say('PUT', '/templates/hi', sms('Hello {{ profile.frist_name }}'));
    const restored = await say('POST', '/templates/hi/restore', { version: 1 });
    expect(restored.body).toMatchObject({ version: 3, ...sms("Hi. {% block 'footer' %}") });
    const { body } = await say('GET', '/templates/hi/versions');
    expect(body).toMatchObject({ data: [{ restoredFrom: 1 }, { version: 2 }, { version: 1 }] });
    expect((await say('GET', '/templates/hi/versions/9')).status).toBe(404);
    expect((await say('POST', '/templates/none/publish')).status).toBe(404);
    const wrong = await say('POST', '/templates/hi/tests', {
      to: [{ channel: 'sms', address: 'nobody' }],
    });
    expect(pointersOf(wrong)).toEqual(['#/to/0/address']);
    const shown = await say('POST', '/templates/hi/preview', { version: 2 });
    expect(shown.body).toMatchObject({
      channels: { sms: { suppressed: 'missingValue', detail: 'profile.frist_name' } },
    });
    expect((await say('POST', '/templates/hi/preview', {})).body).toMatchObject({
      channels: { sms: { content: { text: 'Hi. Your shop' }, size: { segments: 1 } } },
    });
  });
});

const start = (key: string, json: unknown): Promise<Answer> =>
  api.call(`/v1/journeys/${key}/runs`, { method: 'POST', json });

describe('A run asked for', () => {
  it('is refused where it cannot begin', async () => {
    expect((await start('welcome', { profile: 'external:42' })).status).toBe(404);
    await api.call('/v1/journeys', { method: 'POST', json: apiJourney });
    expect((await start('welcome', { profile: 'external:42' })).status).toBe(409);
    await order('publish', 'welcome');
    expect((await start('welcome', { profile: 'external:42' })).status).toBe(404);
    expect((await start('welcome', {})).status).toBe(422);
    await storeTemplates();
    await yaml('POST', '/v1/journeys', ABANDONED_CART_YAML);
    await order('publish');
    expect((await start('abandoned-cart', { profile: 'external:42' })).status).toBe(422);
  });
});

/** Nothing is emptied between these: each waits some seconds for what does not come, beside the others. */
describe('Where nobody answers', () => {
  it.concurrent(
    'a journey takes a change while Temporal is away, and keeps it',
    async () => {
      const lonely = await TestApi.start('kairos-test-api-lonely', {
        TEMPORAL_ADDRESS: '127.0.0.1:9',
      });
      try {
        await lonely.call('/v1/journeys', { method: 'POST', json: apiJourney });
        const answer = await lonely.call('/v1/journeys/welcome/publish', { method: 'POST' });
        expect(answer.status).toBe(200);
        expect((await lonely.call('/v1/journeys/welcome')).body).toMatchObject({ status: 'live' });
        expect((await lonely.call('/readyz', { key: null })).body).toMatchObject({
          checks: { mongo: 'ok', temporal: 'failing', events: 'failing' },
        });
      } finally {
        await lonely.stop();
      }
    },
    30_000,
  );

  it.concurrent(
    'a run asked for is recorded as an event before the answer',
    async () => {
      const profileId = await makePerson(api, '42');
      await api.call('/v1/journeys', { method: 'POST', json: { ...apiJourney, key: 'asked' } });
      await order('publish', 'asked');
      const answer = await start('asked', {
        profile: 'email:42@B.example',
        key: 'k',
        properties: { name: 'mug' },
      });
      expect(answer).toMatchObject({ status: 202, body: { id: null } });
      const event = await api.mongo.collections.events.findOne({ name: 'Journey Requested' });
      expect(event).toMatchObject({
        _id: answer.body.eventId,
        profileId,
        source: 'admin',
        state: 'accepted',
        properties: { journey: 'asked', version: 1, key: 'k', properties: { name: 'mug' } },
      });
    },
    20_000,
  );

  it.concurrent(
    'a consent is durable, and the answer says so when the profile does not show it yet',
    async () => {
      const profileId = await makePerson(api, '43');
      const path = '/v1/profiles/external:43/consents/sms';
      const json = { granted: true, source: 'checkout', text: 'Yes, please.' };
      const answer = await api.call(path, { method: 'PUT', json });
      // Nothing applies events in this test.
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      const event = await api.mongo.collections.events.findOne({ name: 'Consent Granted' });
      expect(event).toMatchObject({ profileId, consents: { sms: json } });
      for (const [bad, body] of [
        ['/v1/profiles/external:43/consents/fax', json],
        [path, { granted: 'yes', source: 'x' }],
        [path, { granted: true }],
      ] as const) {
        expect((await api.call(bad, { method: 'PUT', json: body })).status).toBe(422);
      }
    },
    20_000,
  );
});
