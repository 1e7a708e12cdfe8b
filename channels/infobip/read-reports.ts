import { z } from 'zod';
import { jsonOr } from '#channels/json-text.ts';
import type { ProviderReceipt } from '#channels/provider.ts';
import { messageOfReceipt, type ReceiptLinks } from '#channels/receipt-links.ts';
import type { WebhookRequest } from '#channels/webhook-request.ts';
import { DomainError } from '#domain/errors.ts';
import type { ReceiptName } from '#domain/message/receipts.ts';

/** What a channel's receipts are called. */
interface ReportNames {
  sent: ReceiptName;
  delivered: ReceiptName;
  failed: ReceiptName;
  /** Where the channel tells that a message was looked at. */
  seen?: ReceiptName;
}

const Instant = z
  .string()
  // Infobip writes +0000, which is no ISO 8601.
  .transform((text) => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  .pipe(z.number());

const Report = z.object({
  messageId: z.string(),
  status: z.object({ groupName: z.string(), name: z.string() }),
  error: z.object({ permanent: z.boolean().optional() }).nullish(),
  doneAt: Instant.optional().catch(undefined),
});
const Seen = z.object({ messageId: z.string(), seenAt: Instant });
const Body = z.object({ results: z.array(z.unknown()).max(1_000) });

const FAILED = new Set(['UNDELIVERABLE', 'REJECTED', 'EXPIRED']);
/** Infobip itself refuses what is no number. */
const NO_NUMBER = new Set(['REJECTED_PREFIX_MISSING', 'REJECTED_INVALID_DESTINATION']);

/**
 * The receipts in one post of Infobip: delivery reports and seen reports, told apart by their
 * form. Infobip signs nothing on its way to an address that the message itself named, so the
 * address is signed, and only what is said of that one message is believed.
 * Throws `forbidden` for an address that is none of ours, `malformed` for anything but reports.
 */
export function readReports(
  request: WebhookRequest,
  links: ReceiptLinks,
  { name, names }: { name: string; names: ReportNames },
): ProviderReceipt[] {
  const messageId = messageOfReceipt(links, name, request);
  const body = Body.safeParse(jsonOr(request.rawBody.toString('utf8'), null));
  if (!body.success) throw new DomainError('malformed', 'The body is no list of reports.');
  return body.data.results.flatMap((result): ProviderReceipt[] => {
    const seen = Seen.safeParse(result).data;
    if (seen !== undefined) {
      if (seen.messageId !== messageId || names.seen === undefined) return [];
      return [
        receipt(name, messageId, { name: names.seen, occurredAt: seen.seenAt, state: 'seen' }),
      ];
    }
    const report = Report.safeParse(result).data;
    if (report?.messageId !== messageId) return [];
    const said = nameOf(report, names);
    if (said === null) return [];
    const occurredAt = report.doneAt ?? request.receivedAt;
    const told = receipt(name, messageId, { name: said, occurredAt, state: report.status.name });
    const bounce = said === names.failed ? bounceOf(report) : null;
    return [bounce === null ? told : { ...told, bounce }];
  });
}

/**
 * What a failure says of the number; null: nothing. Infobip rejects for credits, senders and routes,
 * however permanent it calls that, and expires at the end of a time that we may have set.
 */
function bounceOf({ status, error }: z.infer<typeof Report>): 'hard' | 'soft' | null {
  if (NO_NUMBER.has(status.name)) return 'hard';
  if (status.groupName !== 'UNDELIVERABLE') return null;
  return error?.permanent === true ? 'hard' : 'soft';
}

function receipt(
  provider: string,
  messageId: string,
  { name, occurredAt, state }: { name: ReceiptName; occurredAt: number; state: string },
): ProviderReceipt {
  // Reports have no ids of their own; each state of a message is told once.
  const eventId = `${provider}:${messageId}:${state}`;
  return { eventId, messageId, name, occurredAt, providerId: messageId };
}

/** Null: a state that says nothing new. */
function nameOf({ status }: z.infer<typeof Report>, names: ReportNames): ReceiptName | null {
  if (FAILED.has(status.groupName)) return names.failed;
  if (status.groupName !== 'DELIVERED') return null;
  // At the operator is not yet with the person.
  return status.name === 'DELIVERED_TO_OPERATOR' ? names.sent : names.delivered;
}
