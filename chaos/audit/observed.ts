import { z } from 'zod';
import { CHANNELS, MESSAGE_STATUSES } from '#domain/message/message.ts';

/** Of what the API answers, the part that is judged. */
export const SeenRun = z.object({
  id: z.string(),
  journey: z.string(),
  profileId: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  enteredAt: z.string(),
  path: z.array(z.object({ step: z.string(), outcome: z.string() })),
  conversion: z.object({ eventId: z.string() }).nullable(),
});
export type SeenRun = z.infer<typeof SeenRun>;

export const SeenMessage = z.object({
  id: z.string(),
  runId: z.string(),
  profileId: z.string(),
  channel: z.enum(CHANNELS),
  status: z.enum(MESSAGE_STATUSES),
  reason: z.string().nullable(),
  history: z.array(z.object({ status: z.enum(MESSAGE_STATUSES) })),
});
export type SeenMessage = z.infer<typeof SeenMessage>;

export const SeenProfile = z.object({
  id: z.string(),
  identities: z.array(z.string()),
  traits: z.object({ orders_count: z.number(), total_spent: z.number() }),
  cart: z.array(
    z.object({ product_id: z.string(), cart_id: z.string().nullable(), quantity: z.number() }),
  ),
});
export type SeenProfile = z.infer<typeof SeenProfile>;

export const SeenEvent = z.object({ id: z.string(), name: z.string(), state: z.string() });
export type SeenEvent = z.infer<typeof SeenEvent>;

export const SeenLetter = z.object({ to: z.string() });

/** One customer as Kairos and the providers show them. */
export interface Observed {
  /** Null: Kairos knows nobody by the customer's id. */
  profile: SeenProfile | null;
  events: SeenEvent[];
  runs: SeenRun[];
  messages: SeenMessage[];
  /** Messages that providers accepted, by address. */
  inbox: ReadonlyMap<string, number>;
}
