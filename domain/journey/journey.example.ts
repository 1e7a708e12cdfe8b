import { parse } from 'yaml';
import type { Journey } from '#domain/journey/journey.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';

/** The example journey of the documentation, word for word. */
export const ABANDONED_CART_YAML = `
key: abandoned-cart                      # ^[a-z][a-z0-9]*(-[a-z0-9]+)*$, at most 64
name: Abandoned cart
entry:
  event: Product Added
  where: { properties.price: { gt: 0 } }
  key: properties.cart_id                # one run per person and cart
  reentry: { after: P7D }
exits:
  - { event: Order Completed, match: { properties.cart_id: entry.properties.cart_id } }
goal: { event: Order Completed, within: P7D, value: properties.revenue }
start: hour
steps:
  hour:   { wait: PT1H, next: remind }
  remind:
    send:
      template: cart-reminder
      cascade:
        - { channel: push, patience: PT15M }
        - { channel: email, patience: PT2H }
        - { channel: sms }
      until: delivered                   # delivered | opened | clicked
    next: { reached: again, exhausted: leave }
  again:  { waitFor: { event: Cart Viewed, timeout: P1D }, next: { received: leave, timeout: worth } }
  worth:
    branch:
      - { when: { trait: orders_count, gte: 3 }, next: offer }
      - { else: true, next: leave }
  offer:  { send: { template: cart-offer, channel: email }, next: leave }
  leave:  { end: done }
`;

/** A definition as a test wrote it, parsed; throws with its faults where it has any. */
export function journeyOf(definition: unknown): Journey {
  const parsed = parseJourney(definition);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.journey;
}

/** A journey of these steps that anybody may start. */
export function journeyWith(start: string, steps: Record<string, unknown>): Journey {
  return journeyOf({ key: 'example', name: 'Example', entry: { api: true }, start, steps });
}

export function abandonedCart(): Journey {
  return journeyOf(parse(ABANDONED_CART_YAML));
}
