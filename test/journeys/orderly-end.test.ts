import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WholeKairos } from '../support/whole-kairos.ts';

const CUSTOMERS = 30;
/** Of a provider: long enough that calls are under way when the worker is asked to end. */
const ANSWER_MS = 1_500;
/** What docs/operations.md says a worker needs at most. */
const END_WITHIN_MS = 15_000;

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('orderly-end');
  await kairos.putLibraryTemplates('cart-reminder');
  await kairos.publish({
    key: 'note',
    name: 'Note',
    entry: { event: 'Cart Updated' },
    start: 'tell',
    steps: {
      tell: {
        send: { channel: 'email', template: 'cart-reminder' },
        next: { sent: 'leave', suppressed: 'silent', failed: 'silent' },
      },
      leave: { end: 'told' },
      silent: { end: 'untold' },
    },
  });
  await kairos.rules({ channel: 'email', outcome: 'slow', afterMs: ANSWER_MS });
}, 120_000);
afterAll(() => kairos.stop());

it('a worker that is asked to end in the middle of sends ends by itself, and nothing is lost or doubled', async () => {
  const customers = Array.from({ length: CUSTOMERS }, (_, n) => `mail-${String(n)}@shop.example`);
  const calls = customers.flatMap((email, n) => {
    const userId = `customer-${String(n)}`;
    const properties = { cart_id: userId, name: 'Boots', url: 'https://shop.example/1' };
    return [
      { type: 'identify', userId, traits: { email } },
      { type: 'track', userId, event: 'Cart Updated', properties },
    ];
  });
  await kairos.track('batch', { batch: calls });
  const sending = { journey: 'note', status: 'sending' } as const;
  await kairos.until('calls under way', async () =>
    (await kairos.mongo.collections.messages.countDocuments(sending)) > 0 ? true : null,
  );
  const askedAt = performance.now();
  expect(await kairos.end('worker')).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(END_WITHIN_MS);
  // What was under way was brought to its end: none is left to be asked about.
  expect(await kairos.mongo.collections.messages.countDocuments(sending)).toBe(0);
  kairos.run('worker');
  const told = await kairos.until('the end of all', async () => {
    const runs = await kairos.runs('journey=note&status=completed');
    return runs.length === CUSTOMERS ? runs : null;
  });
  expect(new Set(told.map(({ outcome }) => outcome))).toEqual(new Set(['told']));
  for (const email of customers) expect(await kairos.inbox(email)).toHaveLength(1);
}, 120_000);
