import { describe, expect, it } from '@jest/globals';
import { HOPS_MAX, advance, begin } from '#domain/journey/advance.ts';
import { abandonedCart, journeyOf, journeyWith } from '#domain/journey/journey.example.ts';
import { walk } from '#domain/journey/simulate-run.ts';
import type { Script, SendReply } from '#domain/journey/simulate-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CART = abandonedCart();
const ENTRY = {
  kind: 'event',
  id: 'e',
  at: 0,
  event: null,
  properties: { cart_id: 'c1' },
} as const;
const SILENT: SendReply = { outcome: { kind: 'sent', deliveryReceipts: true } };

function cart(script: Script) {
  const { path, status, outcome } = walk(CART, { entry: ENTRY, ...script });
  return `${path} (${status} ${String(outcome)})`;
}

describe('an abandoned cart', () => {
  it('is reminded of, looked at again and left in peace', () => {
    const events = [{ afterMs: 2 * HOUR, name: 'Cart Viewed' }];
    expect(cart({ events })).toBe(
      'hour:passed -> remind:reached -> again:received -> leave:done (completed done)',
    );
  });

  it('earns good customers an offer', () => {
    expect(cart({ onDecide: () => 0 })).toBe(
      'hour:passed -> remind:reached -> again:timeout -> worth:offer -> offer:sent -> leave:done (completed done)',
    );
  });

  it('earns others nothing', () => {
    expect(cart({})).toBe(
      'hour:passed -> remind:reached -> again:timeout -> worth:else -> leave:done (completed done)',
    );
  });

  it('is given up when nobody can be reached', () => {
    expect(cart({ onSend: () => SILENT })).toBe(
      'hour:passed -> remind:exhausted -> leave:done (completed done)',
    );
  });

  it.each([
    ['the first wait', 1, 'hour:exited'],
    ['a cascade', HOUR + MINUTE, 'hour:passed -> remind:exited'],
    ['the wait for a look', HOUR + 4 * HOUR, 'hour:passed -> remind:reached -> again:exited'],
  ])('ends at once with the order, in the middle of %s', (_where, afterMs, path) => {
    const properties = { cart_id: 'c1' };
    const events = [{ afterMs, name: 'Order Completed', properties }];
    const reply: SendReply = { ...SILENT, receipts: [{ receipt: 'opened', afterMs: HOUR }] };
    const found = walk(CART, { entry: ENTRY, events, onSend: () => reply });
    expect(found.path).toBe(path);
    expect(found.status).toBe('exited');
    expect(found.outcome).toBe('exit:Order Completed');
    expect(found.endedAt).toBe(afterMs);
  });

  it('goes on when another cart is bought', () => {
    const properties = { cart_id: 'c2' };
    const events = [{ afterMs: 1, name: 'Order Completed', properties }];
    expect(walk(CART, { entry: ENTRY, events }).status).toBe('completed');
  });

  it('is stopped for everybody', () => {
    expect(cart({ stopAfterMs: 5 })).toBe('hour:stopped (stopped stopped)');
  });
});

describe('the engine', () => {
  it('asks the same again when something means nothing to the step', () => {
    const start = begin(CART, 0);
    const run = { entry: ENTRY, zone: 'UTC' };
    for (const happening of [
      { kind: 'entered', at: 5 },
      { kind: 'decided', at: 5, index: 0 },
      { kind: 'instant', at: 5, instant: 3 },
      { kind: 'receipt', at: 5, hop: 1, index: 0, receipt: 'delivered' },
      { kind: 'sending', at: 5, outcome: { kind: 'sent', deliveryReceipts: true } },
      { kind: 'elapsed', at: Number.NaN },
    ] as const) {
      expect(advance(CART, start.state, happening, run)).toEqual({ ...start, walked: [] });
    }
  });

  it('ends a run that goes round too long', () => {
    const journey = journeyWith('look', {
      look: {
        waitFor: { event: 'Cart Viewed', timeout: 'PT1H' },
        next: { received: 'leave', timeout: 'look' },
      },
      leave: { end: 'done' },
    });
    const { status, outcome, walked } = walk(journey);
    expect([status, outcome, walked.length]).toEqual(['failed', 'hopsExceeded', HOPS_MAX]);
  });

  it('numbers every step it begins, so that a message of each round is another one', () => {
    const journey = journeyWith('ask', {
      ask: { send: { template: 'ask', channel: 'email' }, next: 'look' },
      look: {
        waitFor: { event: 'Answered', timeout: 'P1D' },
        next: { received: 'leave', timeout: 'ask' },
      },
      leave: { end: 'done' },
    });
    const { sends } = walk(journey, { events: [{ afterMs: 50 * HOUR, name: 'Answered' }] });
    expect(sends.map(({ effect }) => effect.hop)).toEqual([1, 3, 5]);
  });

  it('runs steps called as objects’ own properties are', () => {
    const journey = journeyOf({
      key: 'constructor',
      name: 'Constructor',
      entry: { api: true },
      start: 'constructor',
      steps: { constructor: { wait: 'PT1S', next: 'valueof' }, valueof: { end: 'done' } },
    });
    expect(walk(journey).path).toBe('constructor:passed -> valueof:done');
  });

  it('fails a run whose step is nowhere to be found', () => {
    const state = { step: 'constructor', since: 0, hop: 1 };
    const next = advance(CART, state, { kind: 'elapsed', at: 1 }, { entry: ENTRY, zone: 'UTC' });
    expect(next.effect).toEqual({ do: 'end', status: 'failed', outcome: 'stepMissing' });
  });
});
