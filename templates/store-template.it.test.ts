import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError, type Fault } from '#domain/errors.ts';
import type { TemplateScope } from '#domain/template/template-scope.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createLoadTemplate } from './load-template.ts';
import { renderMessage } from './render-message.ts';
import { createStoreTemplate } from './store-template.ts';

let mongo: Mongo;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-templates');
  await mongo.db.dropDatabase();
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const scope: TemplateScope = {
  profile: { first_name: 'Ann' },
  entry: {
    key: null,
    properties: { name: 'Boots & socks', url: 'https://shop.example/c?a=1&b=2' },
  },
  event: null,
  context: {},
  links: { unsubscribe: 'https://kairos.example/u' },
};

/** As the contract shows it. */
const CART_REMINDER = {
  key: 'cart-reminder',
  kind: 'marketing',
  topic: 'offers',
  languages: {
    en: {
      email: {
        subject: "{{ profile.first_name | default: 'Hello' }}, your cart is waiting",
        mjml: '<mjml><mj-body><mj-section><mj-column><mj-text>{{ entry.properties.name }} is still in your cart.</mj-text><mj-button href="{{ entry.properties.url }}">Back to the cart</mj-button></mj-column></mj-section></mj-body></mjml>',
      },
      push: {
        title: 'Still thinking?',
        body: '{{ entry.properties.name }} is waiting',
        link: '{{ entry.properties.url }}',
      },
      sms: {
        text: '{{ entry.properties.name }} is still in your cart: {{ entry.properties.url }}',
      },
    },
    ru: {
      email: {
        subject: "{{ profile.first_name | default: 'Здравствуйте' }}, ваша корзина ждёт",
        html: '<p>{{ entry.properties.name }} всё ещё в корзине. <a href="{{ entry.properties.url }}">Вернуться</a></p>',
      },
    },
  },
};

async function faultsOf(input: unknown): Promise<readonly Fault[]> {
  try {
    await createStoreTemplate(mongo)(input, 1);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return error.faults;
    throw error;
  }
  return [];
}

const sms = (text: string) => ({ key: 'bad', languages: { en: { sms: { text } } } });

describe('storing a template', () => {
  it('compiles MJML once, makes the text part and counts revisions', async () => {
    const store = createStoreTemplate(mongo);
    const first = await store(CART_REMINDER, 10);
    expect(first).toMatchObject({ created: true, stored: { revision: 1, createdAt: 10 } });
    expect(first.stored.html.en).toContain('{{ entry.properties.name }} is still in your cart.');
    const second = await store(CART_REMINDER, 20);
    expect(second).toMatchObject({
      created: false,
      stored: { revision: 2, createdAt: 10, updatedAt: 20 },
    });
    const template = await createLoadTemplate(mongo)('cart-reminder');
    if (template === null) throw new Error('not stored');
    const rendered = renderMessage({ template, channel: 'email', languages: ['en'], scope });
    expect(rendered).toMatchObject({
      language: 'en',
      content: {
        subject: 'Ann, your cart is waiting',
        html: expect.stringContaining('Boots &amp; socks is still in your cart.'),
        text: 'Boots & socks is still in your cart.\n\nBack to the cart [https://shop.example/c?a=1&b=2]',
      },
    });
    const russian = renderMessage({ template, channel: 'email', languages: ['ru-RU'], scope });
    expect(russian).toMatchObject({
      language: 'ru',
      content: { subject: 'Ann, ваша корзина ждёт' },
    });
    // In Russian there is no push: better English than nothing.
    const push = renderMessage({ template, channel: 'push', languages: ['ru'], scope });
    expect(push).toMatchObject({ language: 'en', content: { body: 'Boots & socks is waiting' } });
  });

  it('shows a change to the very next reader, which parses it once', async () => {
    const store = createStoreTemplate(mongo);
    const load = createLoadTemplate(mongo);
    await store({ ...sms('One'), key: 'changing' }, 1);
    const one = await load('changing');
    expect(await load('changing')).toBe(one);
    await store({ ...sms('Two'), key: 'changing' }, 2);
    const two = await load('changing');
    expect(two?.revision).toBe((one?.revision ?? 0) + 1);
    if (two === null) throw new Error('not stored');
    expect(renderMessage({ template: two, channel: 'sms', languages: [], scope })).toMatchObject({
      content: { text: 'Two' },
    });
    expect(await load('no-such-template')).toBeNull();
  });

  it('names all faults at once and stores nothing', async () => {
    const faults = await faultsOf({
      key: 'bad',
      languages: {
        en: {
          email: { subject: '{{ user.name }}', mjml: '<mjml><mj-body><mj-foo/></mj-body></mjml>' },
          sms: { text: '{{ profile.a | shout }}' },
        },
        ru: {
          email: { subject: 'А', html: '{% include "x" %}', preheader: '{{ x }}', text: '{{ y }}' },
          push: { title: '{% if %}', body: 'b', link: '{{ z }}' },
        },
      },
    });
    expect(faults.map(({ pointer }) => pointer).sort()).toEqual([
      '#/languages/en/email/mjml',
      '#/languages/en/email/subject',
      '#/languages/en/sms/text',
      '#/languages/ru/email/html',
      '#/languages/ru/email/preheader',
      '#/languages/ru/email/text',
      '#/languages/ru/push/link',
      '#/languages/ru/push/title',
    ]);
    expect(await mongo.collections.templates.findOne({ _id: 'bad' })).toBeNull();
  });

  it('refuses endless loops and hostile input in bounded time', async () => {
    const started = Date.now();
    for (const text of [
      '{% for i in (1..1000000000) %}x{% endfor %}',
      '{{ "x" | pad: 9 }}',
      '{% '.repeat(1_000),
      '{{'.repeat(2_000),
      '{% if a %}'.repeat(400),
      'a\0b',
      '\uD800',
    ]) {
      expect(await faultsOf(sms(text))).not.toEqual([]);
    }
    const deep = '<mj-section>'.repeat(5_000);
    const mjml = `<mjml><mj-body>${deep}</mj-body></mjml>`;
    const email = { subject: 'a', mjml };
    expect(await faultsOf({ key: 'bad', languages: { en: { email } } })).not.toEqual([]);
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(await mongo.collections.templates.findOne({ _id: 'bad' })).toBeNull();
  });
});
