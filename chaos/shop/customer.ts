import { z } from 'zod';

/** How messages to an address end; the sandbox's own words. */
const Trouble = z.strictObject({
  outcome: z.enum([
    'deliver',
    'open',
    'bounce',
    'silent',
    'reject',
    'error',
    'rateLimit',
    'slow',
    'lostReply',
  ]),
  afterMs: z.number().optional(),
  /** The trouble is over some seconds after the customer came in; then messages are delivered. */
  passes: z.literal(true).optional(),
});
export type Trouble = z.infer<typeof Trouble>;

/** One invented customer: how to be reached, how that goes, and which story they live. */
export const Customer = z.strictObject({
  id: z.string(),
  story: z.string(),
  email: z.string(),
  phone: z.string(),
  /** The push token of their phone. */
  token: z.string(),
  /** Their browser before they say who they are. */
  anonymousId: z.string(),
  rules: z.strictObject({
    email: Trouble.optional(),
    sms: Trouble.optional(),
    push: Trouble.optional(),
    'web-push': Trouble.optional(),
    viber: Trouble.optional(),
  }),
});
export type Customer = z.infer<typeof Customer>;

/** Who a call names: the customer, their nameless browser, or both at once, which links the two. */
export type Speaker = 'known' | 'guest' | 'both';

/** What a customer has seen of Kairos before they go on: this makes the order of things certain. */
export const Sight = z.strictObject({
  journey: z.string(),
  /** Which of their runs of the journey, from 1 by age. */
  nth: z.number(),
  /** `begun`, `ended`, or `left STEP`. */
  what: z.string(),
});
export type Sight = z.infer<typeof Sight>;

/** One thing a customer does, in order; each is repeated until Kairos answers it. */
export type Action =
  /** Says who they are: e-mail, phone, and with `push` and `sms` the device and the consent. */
  | { do: 'identify'; as: Speaker; push?: boolean; sms?: boolean }
  | {
      do: 'track';
      as: Speaker;
      event: string;
      properties?: Record<string, string | number>;
      /** It happened so many seconds ago: a late event. */
      agoS?: number;
      speed?: number;
    }
  | { do: 'alias' }
  /** Looks at pages: a batch of events that no journey waits for. */
  | { do: 'browse'; pages: number }
  /** Asks for a run of an API journey. */
  | { do: 'request'; journey: string; key: string }
  | { do: 'see'; sight: Sight };
