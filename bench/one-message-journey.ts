import type { WholeKairos } from '#test/support/whole-kairos.ts';
import { randomUUID } from 'node:crypto';
import { customerId, type Call } from './load.ts';

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

/** Publishes it; mails are accepted and nothing is heard of them, so that no receipt is work. */
export async function publishOneMessage(kairos: WholeKairos): Promise<void> {
  await kairos.putLibraryTemplates(TEMPLATE);
  await kairos.publish(ONE_MESSAGE);
  await kairos.rules({ channel: 'email', outcome: 'silent' });
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
