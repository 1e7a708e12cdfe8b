import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Order } from '#domain/profile/profile.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import { foldBatch, foldDue } from './fold-batch.ts';
import { event, input, live, NOW, profileAfter } from './fold-input.example.ts';
import type { Plan } from './plan.ts';

const cart = live({
  key: 'cart',
  entry: { event: 'Product Added', key: 'properties.cart_id', reentry: { after: 'P7D' } },
  exits: [
    { event: 'Order Completed', match: { 'properties.cart_id': 'entry.properties.cart_id' } },
  ],
});

describe('foldBatch', () => {
  it('begins one run per person and cart, however often something is added to it', () => {
    const added = (cartId: string): StoredEvent =>
      event('Product Added', { properties: { cart_id: cartId } });
    const plan = foldBatch(input([added('a'), added('a'), added('b')], { journeys: [cart] }));
    expect(plan.runs.map((run) => run.entryKey)).toEqual(['a', 'b']);
    expect(new Set(plan.runs.map((run) => run.id)).size).toBe(2);
  });

  it('asks its condition with values from the event that would begin it', () => {
    const when = { event: 'Bought', where: { 'properties.kind': { is: { param: 'kind' } } } };
    const params = { kind: { from: 'entry.properties.kind' } };
    const again = live({ key: 'again', entry: { event: 'Seen', when, params, reentry: 'always' } });
    const of = (name: string, kind?: string): StoredEvent =>
      event(name, { properties: kind === undefined ? {} : { kind } });
    const events = [of('Bought', 'toy'), of('Seen', 'hat'), of('Seen', 'toy'), of('Seen')];
    const { runs } = foldBatch(input(events, { journeys: [again] }));
    expect(runs.map(({ entry }) => entry.properties)).toEqual([{ kind: 'toy' }]);
  });

  it('is not begun by what an import brings, unless its journey says so', () => {
    const added = event('Product Added', { context: { import: 'i1' } });
    const willing = live({
      key: 'willing',
      entry: { event: 'Product Added', imported: true },
    });
    const { runs } = foldBatch(input([added], { journeys: [cart, willing] }));
    expect(runs.map(({ journey }) => journey)).toEqual(['willing']);
  });

  it('starts nothing for a cart whose order came first', () => {
    const order = event('Order Completed', { properties: { cart_id: 'a', order_id: '1' } });
    const late = event('Product Added', {
      properties: { cart_id: 'a' },
      occurredAt: order.occurredAt - HOUR_MS,
    });
    expect(foldBatch(input([order, late], { journeys: [cart] })).runs).toEqual([]);
  });

  it('starts a run for a cart filled after an older order', () => {
    const order = event('Order Completed', { properties: { cart_id: 'a', order_id: '1' } });
    const next = event('Product Added', { properties: { cart_id: 'a' } });
    expect(foldBatch(input([order, next], { journeys: [cart] })).runs).toHaveLength(1);
  });

  it('takes nobody into a paused journey', () => {
    const paused = { ...cart, status: 'paused' as const };
    const added = event('Product Added', { properties: { cart_id: 'a' } });
    expect(foldBatch(input([added], { journeys: [paused] })).runs).toEqual([]);
  });

  it('counts orders once and joins an anonymous visitor to the customer', () => {
    const visitor = { ...newProfile('anon', 0, NOW), revision: 3, attributes: { plan: 'gold' } };
    const plan = foldBatch(
      input(
        [
          event('Identified', {
            kind: 'identify',
            merges: ['anon'],
            attributes: { country: 'UA' },
          }),
          event('Order Completed', { properties: { order_id: '1', revenue: 10.5 } }),
        ],
        { profiles: new Map([['anon', visitor]]) },
      ),
    );
    expect(plan.merges).toMatchObject([{ kept: 'p', merged: 'anon' }]);
    expect(profileAfter(plan).attributes.country).toBe('UA');
    expect(profileAfter(plan).traits).toMatchObject({ orders_count: 1, total_spent: 1050 });
    expect(profileAfter(plan, 'anon').mergedInto).toBe('p');
    expect(plan.profiles.find(({ profile }) => profile._id === 'anon')?.expected).toBe(3);
  });

  it('moves a message on by its receipt and suppresses an address that bounced for good', () => {
    const plan = foldBatch(
      input([
        event('Email Bounced', {
          source: 'provider',
          properties: { message_id: 'r/s/1/0', bounce: 'hard' },
        }),
      ]),
    );
    expect(plan.receipts).toMatchObject([
      { messageId: 'r/s/1/0', status: 'bounced', suppress: 'hardBounce' },
    ]);
  });

  it('tells an address that bounced in passing from one that is no more', () => {
    const properties = { message_id: 'r/s/1/0', bounce: 'soft' };
    const plan = foldBatch(input([event('Email Bounced', { source: 'provider', properties })]));
    expect(plan.receipts).toMatchObject([{ suppress: 'softBounce' }]);
  });

  it("believes no receipt from a browser's public key", () => {
    const receipt = event('Email Opened', {
      source: 'browser',
      properties: { message_id: 'r/s/1/0' },
    });
    expect(foldBatch(input([receipt])).receipts).toEqual([]);
  });
});

const sleepers = live({
  key: 'reactivation',
  entry: {
    becomes: {
      all: [
        { trait: 'orders_count', gte: 1 },
        { not: { event: 'Order Completed', within: 'P60D' } },
      ],
    },
  },
});

describe('a journey entered when a condition becomes true', () => {
  it('waits for the instant at which the last order is sixty days old', () => {
    const order = event('Order Completed', { properties: { order_id: '1' } });
    const plan = foldBatch(input([order], { journeys: [sleepers] }));
    expect(plan.runs).toEqual([]);
    const profile = profileAfter(plan);
    expect(profile.nextWatchAt).toBe(order.occurredAt + 60 * DAY_MS);

    const past = { id: order._id, occurredAt: order.occurredAt, properties: {} };
    const due = foldDue(
      input([], {
        profiles: new Map([['p', profile]]),
        pastEvents: new Map([['p', new Map([['Order Completed', [past]]])]]),
        journeys: [sleepers],
        now: order.occurredAt + 60 * DAY_MS,
      }),
      ['p'],
    );
    expect(due.runs).toMatchObject([{ journey: 'reactivation', entry: { kind: 'becomes' } }]);
  });

  it('does not take a visitor for whom it never was false', () => {
    const anybody = live({
      key: 'anybody',
      entry: { becomes: { not: { event: 'Order Completed', within: 'P60D' } } },
    });
    const plan = foldBatch(input([event('Page Viewed')], { journeys: [anybody] }));
    expect(plan.runs).toEqual([]);
    expect(profileAfter(plan).watches.anybody).toMatchObject({ held: true });
  });
});

describe('a merge that only a public key asks for', () => {
  const consent = (granted: boolean) => ({ granted, at: NOW, source: 'tracking' });
  const customer = {
    ...newProfile('p', 0, NOW),
    attributes: { email: 'real@a.example' },
    attributeTimes: { email: NOW - DAY_MS },
  };
  const visitor = {
    ...newProfile('anon', 0, NOW),
    attributes: { email: 'other@a.example', phone: '+380501111111', city: 'Lviv' },
    attributeTimes: { email: NOW, phone: NOW, city: NOW },
    consents: { sms: consent(true), email: consent(false) },
  };
  const profiles = new Map([customer, visitor].map((profile) => [profile._id, profile]));
  const merged = (source: StoredEvent['source']): Plan =>
    foldBatch(input([event('Identified', { source, merges: ['anon'] })], { profiles }));

  it('brings refusals but no agreement, and replaces no address', () => {
    const after = profileAfter(merged('browser'), 'p');
    expect(after.attributes).toEqual({
      email: 'real@a.example',
      phone: '+380501111111',
      city: 'Lviv',
    });
    expect(after.consents).toEqual({ email: consent(false) });
    expect(merged('browser').merges).toMatchObject([{ unproven: true }]);
  });

  it('brings everything when the shop itself says it', () => {
    const after = profileAfter(merged('server'), 'p');
    expect(after.attributes.email).toBe('other@a.example');
    expect(after.consents.sms?.granted).toBe(true);
    expect(merged('server').merges).toMatchObject([{ unproven: false }]);
  });
});

describe('a condition that a merge makes true', () => {
  it('takes the customer in', () => {
    const regulars = live({
      key: 'regulars',
      entry: { becomes: { trait: 'orders_count', gte: 3 } },
    });
    const orderOf = (profileId: string, orderId: string): Order => ({
      _id: `${profileId}|${orderId}`,
      profileId,
      orderId,
      revenue: 1000,
      refunded: 0,
      currency: 'USD',
      at: NOW,
      eventIds: [orderId],
      completed: true,
    });
    const orders = [orderOf('p', '1'), orderOf('p', '2'), orderOf('other', '3')];
    const watches = { regulars: { version: 1, held: false, at: null } };
    const keep = { ...newProfile('p', 0, NOW), watches };
    const traits = { ...keep.traits, orders_count: 2 };
    const plan = foldBatch(
      input([event('Aliased', { kind: 'alias', merges: ['other'] })], {
        profiles: new Map([
          ['p', { ...keep, traits }],
          ['other', newProfile('other', 0, NOW)],
        ]),
        orders: new Map(orders.map((order) => [order._id, order])),
        journeys: [regulars],
      }),
    );
    expect(profileAfter(plan).traits.orders_count).toBe(3);
    expect(plan.runs).toMatchObject([{ journey: 'regulars', profileId: 'p' }]);
  });
});
