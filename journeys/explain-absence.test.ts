import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { explainAbsence, type AbsenceFacts } from './explain-absence.ts';

const T = Date.UTC(2026, 0, 10);
const HOUR = 3_600_000;

const cart: Journey = {
  key: 'cart',
  name: 'Cart',
  entry: {
    event: 'Product Added',
    where: { 'properties.price': { gt: 0 } },
    key: 'properties.cart_id',
    reentry: { after: 'P7D' },
  },
  exits: [
    { event: 'Order Completed', match: { 'properties.cart_id': 'entry.properties.cart_id' } },
  ],
  start: 'leave',
  steps: { leave: { end: 'done' } },
};

function event(id: string, name: string, more: Partial<StoredEvent> = {}): StoredEvent {
  return {
    _id: id,
    profileId: 'p',
    partition: 0,
    kind: 'track',
    name,
    occurredAt: T,
    receivedAt: T,
    place: 0,
    source: 'server',
    properties: { price: 10, cart_id: 'c1' },
    state: 'routed',
    ...more,
  };
}

const added = event('added', 'Product Added');
const run = {
  entryKey: 'c1',
  enteredAt: T - HOUR,
  status: 'completed',
  entry: { id: 'e' },
} as const;

/** A live journey published long ago, a person who did nothing; `more` is the case in hand. */
function reasonOf(more: Partial<AbsenceFacts>, definition: Journey = cart): string | null {
  const facts: AbsenceFacts = {
    journey: { _id: definition.key, status: 'live', updatedAt: T - 100 * HOUR },
    published: { definition, firstAt: T - 100 * HOUR },
    runs: [],
    events: [],
    profile: { _id: 'p', attributes: {}, watches: {}, zone: null },
    defaultZone: 'UTC',
    ...more,
  };
  return explainAbsence(facts)?.reason ?? null;
}

describe('why somebody is not in a journey entered by an event', () => {
  it.each<[string | null, string, Partial<AbsenceFacts>]>([
    ['notPublished', 'of a draft', { published: null }],
    ['noEntryEvent', 'without the event', {}],
    [
      'whereNotMet',
      'with an event that does not fit',
      { events: [event('a', 'Product Added', { properties: { price: 0 } })] },
    ],
    ['notYetApplied', 'while the event waits', { events: [{ ...added, state: 'accepted' }] }],
    ['setAside', 'when the event was set aside', { events: [{ ...added, fault: 'x' }] }],
    [
      'beforePublish',
      'when it came too early',
      { published: { definition: cart, firstAt: T + 1 } },
    ],
    [
      'paused',
      'when it came during a pause',
      { journey: { _id: 'cart', status: 'paused', updatedAt: T - 1 } },
    ],
    [
      'stopped',
      'when it came after the stop',
      { journey: { _id: 'cart', status: 'stopped', updatedAt: T - 1 } },
    ],
    [
      'exitSeen',
      'when the order was known first',
      { events: [added, event('o', 'Order Completed', { receivedAt: T - 1 })] },
    ],
    [
      'unclear',
      'when the order came only later',
      { events: [event('o', 'Order Completed', { receivedAt: T + 1 }), added] },
    ],
    ['reentry', 'when re-entry is not open yet', { runs: [run] }],
    ['unclear', 'when another cart was in before', { runs: [{ ...run, entryKey: 'c0' }] }],
    [null, 'where the event began a run', { runs: [{ ...run, entry: { id: 'added' } }] }],
    [null, 'where there was a run and nothing since', { runs: [run], events: [] }],
  ])('is %s %s', (reason, _when, facts) => {
    const needsNone = reason === 'noEntryEvent' || reason === 'notPublished';
    expect(reasonOf({ events: needsNone ? [] : [added], ...facts })).toBe(reason);
  });

  it('is the condition where the entry has one and nothing else stood in the way', () => {
    const entry = { event: 'Product Added', when: { attribute: 'country', is: 'UA' } } as const;
    expect(reasonOf({ events: [added] }, { ...cart, entry })).toBe('whenNotMet');
  });

  it('is the pause where nothing came at all', () => {
    const journey = { _id: 'cart', status: 'paused', updatedAt: T } as const;
    expect(reasonOf({ journey })).toBe('paused');
  });
});

describe('why somebody is not in a journey entered otherwise', () => {
  const birthday: Journey = {
    ...cart,
    entry: { date: { attribute: 'birthday', at: '10:00' } },
  };
  const profile = { _id: 'p', attributes: { birthday: '1990-05-05' }, zone: null };

  it('is the missing date, or the day to come', () => {
    expect(reasonOf({}, birthday)).toBe('noDate');
    const watches = { cart: { version: 1, held: null, at: T + HOUR } };
    expect(reasonOf({ profile: { ...profile, watches } }, birthday)).toBe('dateNotDue');
    expect(reasonOf({ profile: { ...profile, watches: {} } }, birthday)).toBe('noDate');
  });

  it('is the condition that did not become true, or that nobody asked', () => {
    const becomes: Journey = { ...cart, entry: { becomes: { attribute: 'vip', is: true } } };
    expect(reasonOf({}, becomes)).toBe('conditionNotMet');
    expect(reasonOf({}, { ...cart, entry: { api: true } })).toBe('notAsked');
    expect(reasonOf({ runs: [run] }, becomes)).toBeNull();
  });
});
