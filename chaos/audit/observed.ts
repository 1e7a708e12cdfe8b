import { z } from 'zod';
import { CHANNELS, MESSAGE_STATUSES } from '#domain/message/message.ts';

/** An instant of the API as epoch ms. */
const Instant = z.iso.datetime().transform((text) => Date.parse(text));

/** Of what the API answers, the part that is judged. */
export const SeenRun = z.object({
  id: z.string(),
  journey: z.string(),
  profileId: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  enteredAt: Instant,
  path: z.array(z.object({ step: z.string(), at: Instant, outcome: z.string() })),
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
  history: z.array(z.object({ status: z.enum(MESSAGE_STATUSES), at: Instant })),
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

/** A request as its provider was given it; where our id travels differs by channel. */
const Payload = z.object({
  personalizations: z
    .array(z.object({ custom_args: z.object({ kairos_message_id: z.string() }) }))
    .optional(),
  StatusCallback: z.url().optional(),
  message: z.object({ data: z.object({ kairos_message_id: z.string() }) }).optional(),
});

/** What a provider accepted: for whom, and as which of our messages. */
export const SeenLetter = z
  .object({ id: z.string(), to: z.string(), payload: Payload })
  .transform(({ id, to, payload }) => ({ id, to, messageId: messageIdOf(payload) }));
export type SeenLetter = z.infer<typeof SeenLetter>;

/** Our id of a message as it travelled with it; null when it carried none. */
function messageIdOf(payload: z.infer<typeof Payload>): string | null {
  const { personalizations, StatusCallback: callback, message } = payload;
  const called = callback === undefined ? null : new URL(callback).searchParams.get('message');
  return (
    personalizations?.[0]?.custom_args.kairos_message_id ??
    message?.data.kairos_message_id ??
    called
  );
}

/** One customer as Kairos and the providers show them. */
export interface Observed {
  /** Null: Kairos knows nobody by the customer's id. */
  profile: SeenProfile | null;
  events: SeenEvent[];
  runs: SeenRun[];
  messages: SeenMessage[];
  /** What providers accepted of their messages or for their addresses. */
  letters: SeenLetter[];
}

/** Everything that is there, whoever it belongs to. */
export interface Everything {
  runs: readonly SeenRun[];
  messages: readonly SeenMessage[];
  letters: readonly SeenLetter[];
}
