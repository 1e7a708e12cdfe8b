import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#domain/json.ts';
import { ga4Cells, ga4Columns } from '#domain/source/ga4-row.ts';
import { GA4_EVENTS } from '#domain/source/ga4-names.ts';
import { nameThere } from '#domain/webhook/ga4-name.ts';
import { buildGooglePayload, type ToldCustomer } from '#domain/webhook/ga4-payload.ts';
import { GoogleAnalytics } from '#domain/webhook/google-analytics.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const HOUR_MS = 3_600_000;

const settings = (more: object = {}): GoogleAnalytics =>
  GoogleAnalytics.parse({
    kind: 'googleAnalytics',
    measurementId: 'G-TEST1234',
    listens: [{ event: '*' }],
    ...more,
  });

const customer = (more: Partial<ToldCustomer> = {}): ToldCustomer => ({
  id: 'p-1',
  externalId: '42',
  identities: ['email:anna@b.example', 'external:42', 'phone:+380501234567'],
  attributes: { first_name: 'Anna', city: 'Lviv' },
  consents: { analytics: { granted: true } },
  ...more,
});

interface Told {
  client_id: string;
  user_id?: string;
  timestamp_micros: number;
  consent: JsonObject;
  events: [{ name: string; params: JsonObject & { items?: JsonObject[] } }];
}

function payload(
  name: string,
  properties: JsonObject,
  { event = {}, who = customer(), set = settings(), now = NOW } = {},
): Told | { skip: string } {
  const happened = { _id: 'm-1', name, occurredAt: NOW, properties, ...event };
  const told = { event: happened, customer: who };
  const built = buildGooglePayload(set, told, { now, currency: 'EUR' });
  return 'skip' in built ? built : (built.body as unknown as Told);
}

function told(...said: Parameters<typeof payload>): Told {
  const built = payload(...said);
  if ('skip' in built) throw new Error(built.skip);
  return built;
}

const eventOf = (...said: Parameters<typeof payload>) => told(...said).events[0];

const ORDER: JsonObject = {
  order_id: 'T-1',
  revenue: 25.5,
  tax: 4,
  currency: 'UAH',
  coupon: 'SPRING',
  products: [
    { product_id: 'SKU1', name: 'Cup', price: '10.25', quantity: 2, brand: 'Clay' },
    { product_id: 77, name: 'Spoon', price: 5, quantity: 1, secret: 'x' },
    { price: 3 },
  ],
};

describe('An event told to Google Analytics', () => {
  it('is a purchase with its items, where it was an order', () => {
    const { name, params } = eventOf('Order Completed', ORDER);
    expect(name).toBe('purchase');
    expect(params).toMatchObject({
      transaction_id: 'T-1',
      value: 25.5,
      currency: 'UAH',
      tax: 4,
      coupon: 'SPRING',
    });
    expect(params.items).toEqual([
      { item_id: 'SKU1', item_name: 'Cup', price: 10.25, quantity: 2, item_brand: 'Clay' },
      { item_id: '77', item_name: 'Spoon', price: 5, quantity: 1 },
    ]);
  });

  it('about one product has it as its item, worth its price in the shop’s currency', () => {
    const { name, params } = eventOf('Product Added', {
      product_id: 'SKU1',
      price: 10.25,
      quantity: 2,
      cart_id: 'c-1',
    });
    expect(name).toBe('add_to_cart');
    expect(params).toMatchObject({ value: 20.5, currency: 'EUR', cart_id: 'c-1' });
    expect(params.items).toEqual([{ item_id: 'SKU1', price: 10.25, quantity: 2 }]);
    expect(params).not.toHaveProperty('product_id');
  });

  it('says by its names what Google’s own export says by them', () => {
    const { name, params } = eventOf('Order Completed', ORDER);
    const { items = [], ...rest } = params;
    const row: JsonObject = {
      event_name: name,
      event_timestamp: NOW * 1_000,
      event_params: Object.entries(rest).map(([key, value]) => ({
        key,
        value: typeof value === 'number' ? { double_value: value } : { string_value: value },
      })),
      items,
    };
    const cells = ga4Cells(Object.keys(row), Object.values(row), (text) => text);
    const back = Object.fromEntries(ga4Columns().map((column, at) => [column, cells[at]]));
    expect(back).toMatchObject({
      event: 'Order Completed',
      properties: { order_id: 'T-1', revenue: 25.5, tax: 4, currency: 'UAH', products: [{}, {}] },
    });
    // And by the mark that is on it, it is left out there.
    expect(back.kairos_event).toEqual(expect.any(String));
  });

  it.each([...new Set(Object.values(GA4_EVENTS))])('%s comes back by the same name', (own) => {
    expect(GA4_EVENTS[nameThere(own)]).toBe(own);
  });

  it.each([
    ['Quiz Finished', 'quiz_finished'],
    ['quiz_finished', 'quiz_finished'],
    ['2nd Visit!', 'e_2nd_visit'],
    ['Session Start', 'kairos_session_start'],
    ['Замовлення зроблено', 'замовлення_зроблено'],
    ['x'.repeat(90), 'x'.repeat(40)],
    ['Order Cancelled', 'refund'],
  ])('%s, of a name that Google does not know, is %s', (own, there) => {
    expect(eventOf(own, {}).name).toBe(there);
  });

  it('has the name that the endpoint gives it', () => {
    const set = settings({ names: { 'Quiz Finished': 'quiz_done' } });
    expect(eventOf('Quiz Finished', {}, { set }).name).toBe('quiz_done');
    const reserved = () => settings({ names: { 'Quiz Finished': 'session_start' } });
    expect(reserved).toThrow('reserved by Google');
    expect(() => settings({ names: { A: 'two words' } })).toThrow('letters, digits');
  });

  it('stays within what Google takes', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${String(n)}`, n]));
    const products = Array.from({ length: 300 }, (_, n) => ({
      product_id: `${String(n)}${'щ'.repeat(200)}`,
      name: 'щ'.repeat(200),
      brand: 'щ'.repeat(200),
    }));
    const said = { order_id: 'o', note: 'n'.repeat(500), title: 't'.repeat(500), products };
    const body = told('Order Completed', { ...said, ...many, nested: { a: 1 }, list: [1] });
    const { params } = body.events[0];
    expect(Object.keys(params)).toHaveLength(25);
    expect(params.note).toHaveLength(100);
    expect(params.page_title).toHaveLength(300);
    expect(params).not.toHaveProperty('nested');
    expect(params).toHaveProperty('kairos_event');
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(130_000);
    expect(params.items?.length).toBeGreaterThan(100);
    const small = Array.from({ length: 300 }, (_, n) => ({ product_id: n }));
    expect(eventOf('Order Completed', { products: small }).params.items).toHaveLength(200);
  });

  it('happened when it happened, if that was no longer ago than three days', () => {
    const at = (ageMs: number) => payload('X', {}, { now: NOW + ageMs });
    expect(at(72 * HOUR_MS)).toMatchObject({ timestamp_micros: NOW * 1_000 });
    expect(at(72 * HOUR_MS + 1)).toEqual({ skip: 'tooOld' });
    expect(at(-1_000)).toMatchObject({ timestamp_micros: (NOW - 1_000) * 1_000 });
  });
});

describe('Personal data', () => {
  it.each([
    ['an e-mail', { note: 'write to anna@b.example' }],
    ['an e-mail in an address', { link: 'mailto:anna%40b.example' }],
    ['a phone', { note: 'call +380 (50) 123-45-67' }],
    ['the customer’s phone however it is written', { note: '380-50 1234567' }],
    ['the customer’s phone as a number', { note: 380501234567 }],
    ['the customer’s name', { note: ' ANNA ' }],
    ['what is personal by its name', { first_name: 'Bo', email_sha256: 'ff', user_id: 'u' }],
    ['an e-mail as the name of a product', { products: [{ name: 'a@b.example' }] }],
  ])('is not told: %s', (_, properties: JsonObject) => {
    expect(Object.keys(eventOf('X', { ...properties, fine: 1 }).params)).toEqual([
      'fine',
      'kairos_event',
    ]);
  });

  it.each(['T-100234567890', '2026-11-22', 'Cup for Anna', 'half price @ noon', '1+1=2'])(
    'is not “%s”',
    (note) => {
      expect(eventOf('X', { note }).params.note).toBe(note);
    },
  );

  it('in a query is cut off the address of a page', () => {
    const url = 'https://shop.example/thanks?mail=anna%40b.example';
    const page = { url, title: 'Thanks' };
    expect(eventOf('Page Viewed', {}, { event: { context: { page } } }).params).toMatchObject({
      page_location: 'https://shop.example/thanks',
      page_title: 'Thanks',
    });
    const path = { url: 'https://shop.example/anna@b.example?x=1' };
    expect(eventOf('Page Viewed', path).params).not.toHaveProperty('page_location');
  });

  it('is not the customer’s id, where the endpoint asks for that, and not an e-mail that is one', () => {
    const set = settings({ userId: 'externalId' });
    expect(told('X', {})).not.toHaveProperty('user_id');
    expect(told('X', {}, { set })).toMatchObject({ user_id: '42' });
    const mailed = customer({ externalId: 'anna@b.example' });
    expect(told('X', {}, { set, who: mailed })).not.toHaveProperty('user_id');
  });
});

describe('The browser', () => {
  it('is the one Google knows: of the event’s context, its identities, the customer’s', () => {
    const who = customer({ identities: ['anonymous:ga:3.3', 'external:42'] });
    const by = ['external:42', 'anonymous:ga:2.2'];
    const ga = { clientId: '1.1', sessionId: '1795341600' };
    const first = told('X', {}, { who, event: { by, context: { ga } } });
    expect(first.client_id).toBe('1.1');
    expect(first.events[0].params).toMatchObject({
      session_id: '1795341600',
      engagement_time_msec: 1,
    });
    expect(told('X', {}, { who, event: { by } }).client_id).toBe('2.2');
    expect(told('X', {}, { who }).client_id).toBe('3.3');
    const odd = { ga: { clientId: 'anna@b.example', sessionId: 'x' } };
    const last = told('X', {}, { who, event: { context: odd } });
    expect(last.client_id).toBe('3.3');
    expect(last.events[0].params).not.toHaveProperty('session_id');
  });

  it('that Google does not know is always the same, and another at each property', () => {
    const { client_id: first } = told('X', {});
    expect(first).toMatch(/^\d{1,10}\.\d{1,10}$/);
    expect(told('Y', {}).client_id).toBe(first);
    expect(told('X', {}, { who: customer({ id: 'p-2' }) }).client_id).not.toBe(first);
    const elsewhere = settings({ measurementId: 'G-OTHER123' });
    expect(told('X', {}, { set: elsewhere }).client_id).not.toBe(first);
  });
});

describe('Consent', () => {
  const consents = (said: Record<string, boolean>) =>
    customer({
      consents: Object.fromEntries(Object.entries(said).map(([k, granted]) => [k, { granted }])),
    });

  it('to analytics is needed, unless the endpoint asks for none', () => {
    expect(payload('X', {}, { who: consents({}) })).toEqual({ skip: 'noConsent' });
    expect(payload('X', {}, { who: consents({ analytics: false }) })).toEqual({
      skip: 'noConsent',
    });
    const set = settings({ consent: { analytics: 'statistics' } });
    expect(payload('X', {}, { who: consents({ statistics: true }), set })).toHaveProperty('events');
    const none = settings({ consent: { analytics: null } });
    expect(payload('X', {}, { who: consents({}), set: none })).toHaveProperty('events');
  });

  it('to advertising is told, and what was not said is a no', () => {
    const denied = { ad_user_data: 'DENIED', ad_personalization: 'DENIED' };
    expect(told('X', {}).consent).toEqual(denied);
    const who = consents({ analytics: true, advertising: true, persons: false });
    const set = settings({ consent: { adPersonalization: 'persons' } });
    expect(told('X', {}, { who, set }).consent).toEqual({ ...denied, ad_user_data: 'GRANTED' });
  });
});
