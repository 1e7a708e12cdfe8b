import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ABANDONED_CART_YAML, CART_REMINDER_YAML } from '#test/support/contract-examples.ts';
import { pointersOf, TestApi, type Answer } from '#test/support/api-process.ts';
import { parse } from 'yaml';

type Definition = Record<string, unknown> & { steps: Record<string, unknown> };

const cart = (change: Record<string, unknown> = {}): Definition => ({
  ...(parse(ABANDONED_CART_YAML) as Definition),
  ...change,
});
const oneStep = (steps: Record<string, unknown>): Definition => cart({ start: 'one', steps });

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start('kairos-test-bad-input');
});
afterAll(async () => {
  await api.stop();
});

const post = (json: unknown): Promise<Answer> => api.call('/v1/journeys', { method: 'POST', json });
const postText = (body: string | Uint8Array, type = 'application/json'): Promise<Answer> =>
  api.call('/v1/journeys', { method: 'POST', body, type });

async function nothingStored(): Promise<void> {
  expect(await api.mongo.collections.journeys.countDocuments()).toBe(0);
  expect(await api.mongo.collections.templates.countDocuments()).toBe(0);
}

function isProblem(answer: Answer, status: number): void {
  expect({ status: answer.status, text: answer.text.slice(0, 300) }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status });
  expect(answer.body.type).toMatch(/^urn:kairos:problem:/);
  expect(String(answer.body.detail)).not.toBe('');
}

describe('A body that is no definition', () => {
  it.each([
    ['broken JSON', '{"key": "a",', 'application/json', 400],
    ['broken YAML', 'key: [a', 'application/yaml', 400],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400],
    ['no body', '', 'application/json', 400],
    ['two YAML documents', 'key: a\n---\nkey: b\n', 'application/yaml', 400],
    ['a YAML key given twice', 'key: a\nkey: b\n', 'application/yaml', 400],
    ['a YAML tag of another program', 'key: !!python/object a\n', 'application/yaml', 400],
    ['an alias that is not defined', 'key: *nobody\n', 'application/yaml', 400],
    ['another content type', '<journey/>', 'text/xml', 415],
    ['an unknown charset', '{}', 'application/json; charset=klingon', 415],
    ['a text', '"journey"', 'application/json', 422],
    ['a list', '[]', 'application/json', 422],
    ['null', 'null', 'application/json', 422],
    [
      '1 MB of text',
      JSON.stringify({ key: 'a', name: 'x'.repeat(1_048_576) }),
      'application/json',
      413,
    ],
    [
      '300 KB of name',
      JSON.stringify(cart({ name: 'x'.repeat(300_000) })),
      'application/json',
      422,
    ],
    ['100,000 nested lists', '['.repeat(100_000) + ']'.repeat(100_000), 'application/json', 422],
    [
      '100,000 nested YAML lists',
      '['.repeat(100_000) + ']'.repeat(100_000),
      'application/yaml',
      400,
    ],
    ['200,000 nested YAML lines', '- '.repeat(200_000), 'application/yaml', 400],
  ])('%s is refused', async (_, body, type, status) => {
    const startedAt = performance.now();
    isProblem(await postText(body, type), status);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await nothingStored();
  });

  it('A YAML bomb is refused before it goes off', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const lines = names.map((name, index) => {
      const inner = index === 0 ? '"lol"' : `*${names[index - 1] ?? ''}`;
      return `${name}: &${name} [${Array(9).fill(inner).join(', ')}]`;
    });
    const startedAt = performance.now();
    isProblem(await postText(lines.join('\n'), 'application/yaml'), 400);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await nothingStored();
  });

  it('Many YAML keys cost no more than their number', async () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `k${String(index)}: 1`);
    const startedAt = performance.now();
    isProblem(await postText(keys.join('\n'), 'application/yaml'), 422);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('Says at which line JSON breaks off, and quotes nothing of it', async () => {
    const answer = await postText('{\n  "key": "secret@example.com",\n  nonsense }');
    isProblem(answer, 400);
    expect(answer.body.detail).toMatch(/line 3/);
    expect(answer.text).not.toMatch(/secret|nonsense/);
  });
});

describe('Data that no definition may hold', () => {
  it.each([
    ['NUL in a text', '{"key":"a","name":"A\\u0000B"}', '#/name'],
    ['half a Unicode character', '{"key":"a","name":"\\ud800"}', '#/name'],
    ['an operator of the database', '{"key":"a","entry":{"$where":"1"}}', '#/entry'],
    ['__proto__', '{"key":"a","steps":{"__proto__":{"x":1}}}', '#/steps'],
    ['depth', `{"key":"a","deep":${'['.repeat(60)}${']'.repeat(60)}}`, null],
  ])('%s is refused with its place', async (_, body, pointer) => {
    const answer = await postText(body);
    isProblem(answer, 422);
    if (pointer === null) expect(pointersOf(answer)[0]).toMatch(/^#\/deep\/0/);
    else expect(pointersOf(answer)).toContain(pointer);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    await nothingStored();
  });
});

describe('A journey that cannot work', () => {
  const wait = { wait: 'PT1H', next: 'one' };
  it.each<[string, unknown, RegExp]>([
    ['wrong types', cart({ name: 42, steps: 'none' }), /^#\/(name|steps)/],
    ['no steps', cart({ steps: {} }), /^#\/steps/],
    ['a missing start', cart({ start: 'nowhere' }), /^#\/start/],
    [
      'a step that leads nowhere',
      oneStep({ one: { wait: 'PT1H', next: 'gone' } }),
      /^#\/steps\/one/,
    ],
    [
      'an unreachable step',
      oneStep({ one: { end: 'done' }, two: { end: 'done' } }),
      /^#\/steps\/two/,
    ],
    [
      'a loop without a wait',
      oneStep({
        one: {
          branch: [
            { when: { trait: 'orders_count', gte: 1 }, next: 'two' },
            { else: true, next: 'end' },
          ],
        },
        two: { branch: [{ else: true, next: 'one' }] },
        end: { end: 'done' },
      }),
      /^#\/steps\//,
    ],
    [
      'an unknown channel',
      oneStep({ one: { send: { template: 't', channel: 'fax' }, next: 'end' }, end: { end: 'x' } }),
      /^#\/steps\/one\/send/,
    ],
    [
      'an absurd duration',
      oneStep({ one: { wait: 'P9999999Y', next: 'end' }, end: { end: 'x' } }),
      /^#\/steps\/one/,
    ],
    [
      'an absurd date',
      cart({ entry: { event: 'X', when: { attribute: 'a', before: '2026-02-31' } } }),
      /^#\/entry/,
    ],
    ['an impossible key', cart({ key: '../etc/passwd' }), /^#\/key/],
    ['a key of 65 characters', cart({ key: 'a'.repeat(65) }), /^#\/key/],
    ['an unknown field', cart({ colour: 'red' }), /^#/],
    [
      '10,000 steps',
      oneStep(
        Object.fromEntries(
          Array.from({ length: 10_000 }, (_, index) => [
            index === 0 ? 'one' : `s${String(index)}`,
            wait,
          ]),
        ),
      ),
      /^#\/steps/,
    ],
  ])('%s is refused with its place', async (_, definition, pointer) => {
    const answer = await post(definition);
    isProblem(answer, 422);
    expect(pointersOf(answer).some((one) => pointer.test(one))).toBe(true);
    await nothingStored();
  });
});

describe('A template that cannot work', () => {
  const put = (json: unknown): Promise<Answer> =>
    api.call('/v1/templates/cart-reminder', { method: 'PUT', json });
  const template = (text: string): unknown => ({
    key: 'cart-reminder',
    languages: { en: { sms: { text } } },
  });

  it.each<[string, unknown]>([
    ['an unknown root', template('{{ customer.name }}')],
    ['an unknown filter', template('{{ profile.name | shout }}')],
    ['an unknown tag', template('{% include "x" %}')],
    ['a loop that never ends', template('{% for i in (1..100000000) %}x{% endfor %}')],
    ['Liquid that is not closed', template('{{ profile.name')],
    ['no languages', { key: 'cart-reminder', languages: {} }],
    ['an unknown channel', { key: 'cart-reminder', languages: { en: { fax: { text: 'x' } } } }],
    ['a text of 300 KB', template('x'.repeat(300_000))],
    ['a path of a key', { ...(parse(CART_REMINDER_YAML) as object), key: 'another' }],
  ])('%s is refused', async (_, json) => {
    const startedAt = performance.now();
    const answer = await put(json);
    isProblem(answer, 422);
    expect(pointersOf(answer)[0]).toMatch(/^#\/(languages|key)/);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await nothingStored();
  });

  it('1 MB of MJML is refused', async () => {
    isProblem(await put(template('x'.repeat(1_048_576))), 413);
    await nothingStored();
  });
});

describe('A call that is not right', () => {
  it('needs a key that is known', async () => {
    for (const key of [null, 'wrong-key-of-somebody-1', '']) {
      const answer = await api.call('/v1/journeys', { key });
      isProblem(answer, 401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('is refused to a tracking key', async () => {
    isProblem(await api.call('/v1/journeys', { key: 'write-key-of-the-tests-1' }), 403);
  });

  it('is refused by its key before its body is read', async () => {
    const body = 'x'.repeat(2_000_000);
    isProblem(await api.call('/v1/journeys', { method: 'POST', body, key: null }), 401);
  });

  it.each([
    ['/v1/runs?limit=0', 422],
    ['/v1/runs?limit=1001', 422],
    ['/v1/runs?limit=many', 422],
    ['/v1/runs?status=sleeping', 422],
    ['/v1/runs?profil=external:1', 422],
    ['/v1/runs?journey=a&journey=b', 422],
    ['/v1/runs?cursor=nonsense', 400],
    ['/v1/runs/nobody', 404],
    ['/v1/journeys/nobody', 404],
    ['/v1/journeys/nobody/versions', 404],
    ['/v1/journeys/%E0%A4%A', 400],
    ['/v1/templates/nobody', 404],
    ['/v1/profiles/external:nobody', 404],
    ['/v1/profiles/external:nobody/events', 404],
    ['/v1/profiles/__proto__', 404],
    ['/v1/nothing', 404],
    ['/sandbox/inbox', 404],
  ])('%s is answered %i', async (path, status) => {
    isProblem(await api.call(path), status);
  });

  it('is told which methods an address takes', async () => {
    const answer = await api.call('/v1/journeys', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('is refused when a webhook is not signed', async () => {
    for (const path of ['/v1/webhooks/sendgrid', '/v1/webhooks/twilio']) {
      isProblem(await api.call(path, { method: 'POST', json: [{ event: 'delivered' }] }), 403);
    }
    expect(await api.mongo.collections.events.countDocuments()).toBe(0);
  });
});
