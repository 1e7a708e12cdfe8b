import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import { walk } from '#domain/journey/simulate-run.ts';

const HOUR = 3_600_000;
const entry = (properties = {}) =>
  ({ kind: 'api', id: 'a', at: 0, event: null, properties }) as const;

const JOURNEY = journeyWith('again', {
  again: {
    waitFor: {
      event: 'Cart Viewed',
      where: { 'properties.total': { gte: 10 } },
      match: { 'properties.cart_id': 'entry.properties.cart_id' },
      timeout: 'PT1H',
    },
    next: { received: 'good', timeout: 'bad' },
  },
  good: { end: 'good' },
  bad: { end: 'bad' },
});

describe('waitFor', () => {
  it('goes on as soon as the event comes', () => {
    const result = walk(JOURNEY, {
      entry: entry({ cart_id: 7 }),
      events: [{ afterMs: 100, name: 'Cart Viewed', properties: { total: 10, cart_id: '7' } }],
    });
    expect(result.path).toBe('again:received -> good:good');
    expect(result.endedAt).toBe(100);
  });

  it.each([
    ['of another name', 'Cart Seen', { total: 10, cart_id: 7 }],
    ['that fails the filter', 'Cart Viewed', { total: 9, cart_id: 7 }],
    ['of another cart', 'Cart Viewed', { total: 10, cart_id: 8 }],
    ['without a cart', 'Cart Viewed', { total: 10 }],
  ])('takes no notice of an event %s', (_what, name, properties) => {
    const result = walk(JOURNEY, {
      entry: entry({ cart_id: 7 }),
      events: [{ afterMs: 100, name, properties }],
    });
    expect(result.path).toBe('again:timeout -> bad:bad');
    expect(result.endedAt).toBe(HOUR);
  });

  it('does not take two missing values for the same', () => {
    const events = [{ afterMs: 100, name: 'Cart Viewed', properties: { total: 10 } }];
    expect(walk(JOURNEY, { events }).path).toBe('again:timeout -> bad:bad');
  });

  it('counts what happened since the step began, not when it was heard of', () => {
    const since = 1_000_000;
    const { state } = begin(JOURNEY, since);
    const heard = (occurredAt: number, receivedAt: number, at: number) => {
      const properties = { total: 10, cart_id: 7 };
      const event = { id: 'e', name: 'Cart Viewed', occurredAt, receivedAt, properties };
      const run = { entry: entry({ cart_id: 7 }), zone: 'UTC' };
      return advance(JOURNEY, state, { kind: 'event', at, event }, run).walked.length > 0;
    };
    expect(heard(since - 1, since + 5, since + 6)).toBe(false);
    expect(heard(since, since + 5, since + 6)).toBe(true);
    expect(heard(since + HOUR, since + HOUR + 50, since + HOUR + 60)).toBe(true);
    expect(heard(since + HOUR + 1, since + HOUR + 50, since + HOUR + 60)).toBe(false);
  });

  it('listens for its event only while it waits', () => {
    expect(begin(JOURNEY, 0).effect).toEqual({
      do: 'await',
      until: HOUR,
      listens: { events: ['Cart Viewed'], receipts: false },
    });
  });
});
