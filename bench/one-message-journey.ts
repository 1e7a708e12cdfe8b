import type { WholeKairos } from '#test/support/whole-kairos.ts';
import { randomUUID } from 'node:crypto';
import type { Ground } from './ground.ts';
import type { LimitsProcess } from './limits/limits-process.ts';
import { customerId, knowCustomers, type Call } from './load.ts';

export const JOURNEY = 'one-message';
const ENTRY = 'Cart Left Behind';
const TEMPLATE = 'cart-reminder';

/** The shortest journey there is: one mail, and the end. */
export const ONE_MESSAGE = {
  key: JOURNEY,
  name: 'One message',
  entry: { event: ENTRY, reentry: 'always' },
  start: 'remind',
  steps: {
    remind: { send: { template: TEMPLATE, channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

export const CART = { name: 'Walking boots', url: 'https://shop.example/cart/1', price: '59.90' };

/** Publishes the journey, for so many known customers, and starts the process of its limits. */
export async function prepareOneMessage(ground: Ground, count: number): Promise<LimitsProcess> {
  const { kairos } = ground;
  await kairos.putLibraryTemplates(TEMPLATE);
  await kairos.publish(ONE_MESSAGE);
  // Mails are accepted and nothing is heard of them, so that no receipt is work.
  await kairos.rules({ channel: 'email', outcome: 'silent' });
  await knowCustomers(ground, count);
  return ground.limits();
}

/** The event that brings a customer in. */
export function cartLeft(number: number): Call {
  return {
    type: 'track',
    userId: customerId(number),
    messageId: randomUUID(),
    event: ENTRY,
    timestamp: new Date().toISOString(),
    properties: CART,
  };
}

/** Waits until so many runs of customers that entered at or after `since` (epoch ms) have ended well. */
export async function awaitEnded(
  kairos: WholeKairos,
  { since, count, withinMs }: { since: number; count: number; withinMs: number },
): Promise<void> {
  const { runs } = kairos.mongo.collections;
  const ended = { journey: JOURNEY, status: 'completed', enteredAt: { $gte: since } } as const;
  const haveEnded = async (): Promise<true | null> =>
    (await runs.countDocuments(ended)) >= count ? true : null;
  await kairos.until('the end of all runs', haveEnded, withinMs);
}
