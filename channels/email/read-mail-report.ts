import PostalMime, { type Email } from 'postal-mime';
import { codesIn } from '#channels/email/return-code.ts';
import { DomainError } from '#domain/errors.ts';
import {
  headFields,
  readMailReport,
  type MailReport,
  type ReportPart,
} from '#domain/mail/mail-report.ts';

/** What the way in of such mails is called, as if it were a provider: `/v1/webhooks/mail`. */
export const MAIL_REPORTS = 'mail';

/** Parts within parts of a mail: a report has three beside each other. */
const NESTING_MAX = 10;
/** Of all parts, in bytes: far more than servers put there. */
const HEADERS_BYTES_MAX = 256 * 1024;
/** Codes of messages that are looked for by one report: the mail's own, and that within it. */
const CODES_MAX = 5;
/** Longest id of a message that is believed to be one, in characters. */
const MESSAGE_ID_MAX = 512;

/** A mail that tells of one of ours. */
export interface ReturnedMail {
  report: MailReport;
  /** What stands for the message; without one nothing is believed. */
  codes: string[];
  /** What the mail within it says that its id is: to be held against the codes. */
  messageId: string | null;
}

/**
 * Reads a mail that a mail server handed on. Null: it tells nothing of a mail of ours.
 * @throws DomainError `malformed` for what is no mail
 */
export async function readReturnedMail(raw: Buffer): Promise<ReturnedMail | null> {
  const mail = await parse(raw);
  const parts: ReportPart[] = mail.attachments.map(({ mimeType, content }) => ({
    type: mimeType.toLowerCase(),
    text: typeof content === 'string' ? content : Buffer.from(new Uint8Array(content)).toString(),
  }));
  const report = readMailReport(parts);
  if (report === null) return null;
  const head = headOf(parts);
  const codes = codesIn([...addressesOf(mail), ...toldOf(parts), ...ownOf(head)].join(' '));
  if (codes.length === 0) return null;
  const messageId = head.get('x-kairos-message-id') ?? null;
  return {
    report,
    codes: codes.slice(0, CODES_MAX),
    messageId: messageId !== null && messageId.length <= MESSAGE_ID_MAX ? messageId : null,
  };
}

async function parse(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw, {
      attachmentEncoding: 'utf8',
      // The mail that came back is not ours to unfold: its head is all that is read of it.
      forceRfc822Attachments: true,
      maxNestingDepth: NESTING_MAX,
      maxHeadersSize: HEADERS_BYTES_MAX,
    });
  } catch {
    // Too many parts or too long a head; the library's words may quote the mail.
    throw new DomainError('malformed', 'The body is no mail that can be read.');
  }
}

/** To whom the report itself came: the address that our mail was to come back to. */
const RECIPIENTS = new Set(['to', 'delivered-to', 'x-original-to', 'envelope-to']);

function addressesOf({ headers }: Email): string[] {
  return headers.flatMap(({ key, value }) => (RECIPIENTS.has(key) ? value : []));
}

/** What a report of a complaint says of our mail. */
function toldOf(parts: readonly ReportPart[]): string[] {
  const told = parts.filter(({ type }) => type === 'message/feedback-report');
  return told.flatMap(({ text }) => headFields(text).get('original-mail-from') ?? []);
}

function ownOf(head: ReadonlyMap<string, string>): string[] {
  return ['message-id', 'return-path'].flatMap((name) => head.get(name) ?? []);
}

/** The head of the mail that came back, which stands in the report whole or alone. */
function headOf(parts: readonly ReportPart[]): ReadonlyMap<string, string> {
  const part = parts.find(({ type }) =>
    ['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'].includes(
      type,
    ),
  );
  return headFields(part?.text ?? '');
}
