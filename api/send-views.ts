import { z } from 'zod';
import type { MessageReason } from '#domain/message/message.ts';
import { SEND_STATUSES, statusOfSend } from '#domain/sending/status-of-send.ts';
import { WantedChannels } from '#domain/sending/wanted-channels.ts';
import { reasonWords } from '#messages/reason-words.ts';
import type { SendFacts } from './sends-port.ts';
import { SupportMessage, viewSupportMessage } from './support-views.ts';
import { Instant, iso, isoOrNull } from './views.ts';

const { channel, cascade, until } = WantedChannels.shape;

/** One message, or cascade, that was asked for by itself: what became of it as a whole. */
export const SendView = z.object({
  id: z.string(),
  status: z
    .enum(SEND_STATUSES)
    .describe(
      '`pending` while anything may still be tried or heard; then `suppressed`, `failed`, or how far what a provider took has come.',
    ),
  reason: z.string().nullable().describe('Why it was suppressed or failed, or is held.'),
  reasonWords: z.string().nullable().describe('The reason as a sentence.'),
  profileId: z.string(),
  template: z.string(),
  ...{ channel, cascade, until },
  createdAt: Instant,
  nextAt: Instant.nullable().describe('When it is looked at next, while it is pending.'),
  endedAt: Instant.nullable(),
  messages: z
    .array(SupportMessage)
    .describe('One for each channel that was tried, in their order.'),
});

/** What is no word of the ledger: it speaks of a send as a whole. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  exhausted: 'no channel of the cascade came as far as it was to come',
  fault: 'a fault of Kairos itself; it stands in the log of the worker',
};

export function viewSend({ send, messages }: SendFacts): z.infer<typeof SendView> {
  const { end, dueAt = null, endedAt = null } = send;
  const held = messages.find(({ status, heldUntil }) => {
    return status === 'deferred' && heldUntil !== undefined;
  });
  const reason = end === undefined ? (held?.reason ?? null) : (send.reason ?? null);
  return {
    id: send._id,
    status: statusOfSend(
      end,
      messages.map(({ status }) => status),
    ),
    reason,
    reasonWords: reason === null ? null : wordsOf(reason),
    profileId: send.profileId,
    template: send.template,
    ...(send.channel !== undefined && { channel: send.channel }),
    ...(send.cascade !== undefined && { cascade: send.cascade }),
    ...(send.until !== undefined && { until: send.until }),
    createdAt: iso(send.createdAt),
    nextAt: isoOrNull(dueAt),
    endedAt: isoOrNull(endedAt),
    messages: messages.map(viewSupportMessage),
  };
}

function wordsOf(reason: string): string {
  return OWN_WORDS[reason] ?? reasonWords(reason as MessageReason);
}
