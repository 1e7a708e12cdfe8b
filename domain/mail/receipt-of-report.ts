import type { ReceiptName } from '#domain/message/receipts.ts';
import type { MailReport } from './mail-report.ts';

/** A receipt as providers' webhooks give them. */
interface ReportedReceipt {
  eventId: string;
  messageId: string;
  name: ReceiptName;
  occurredAt: number;
  providerId: null;
  bounce?: 'hard' | 'soft';
}

const NAMES: Readonly<Record<MailReport['kind'], ReceiptName>> = {
  bounced: 'Email Bounced',
  complained: 'Email Marked as Spam',
  left: 'Unsubscribed',
};

/**
 * What a report says of a message, as a receipt. One that comes twice, or from two servers, is one
 * event. `at` (epoch ms) is when it came: the clocks of strangers are not believed.
 */
export function receiptOfReport(
  report: MailReport,
  { messageId, at }: { messageId: string; at: number },
): ReportedReceipt {
  const { kind } = report;
  const bounce = kind === 'bounced' ? report.bounce : 'none';
  return {
    eventId: `mail:${messageId}:${kind}${kind === 'bounced' ? `:${bounce}` : ''}`,
    ...{ messageId, name: NAMES[kind], occurredAt: at, providerId: null },
    ...(bounce !== 'none' && { bounce }),
  };
}
