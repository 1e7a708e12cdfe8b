import { bounceKind, type BounceKind } from './bounce-kind.ts';

/** A part of a mail that tells of another one. */
export interface ReportPart {
  /** In small letters, such as `message/delivery-status`. */
  type: string;
  text: string;
}

/** What a mail tells of one of ours. */
export type MailReport =
  | { kind: 'bounced'; bounce: BounceKind }
  | { kind: 'complained' }
  /** Whoever reads the address wants no more, and complains of nothing. */
  | { kind: 'left' };

/**
 * What a mail's parts tell of one of ours: that it came back for good (RFC 3464), or that somebody
 * called it spam (RFC 5965). Null: nothing of the kind: an answer, a notice that it is delayed, a
 * success, a report of failed checks.
 */
export function readMailReport(parts: readonly ReportPart[]): MailReport | null {
  const feedback = parts.find(({ type }) => type === 'message/feedback-report');
  if (feedback !== undefined) return complaintIn(feedback.text);
  const status = parts.find(({ type }) => STATUS_TYPES.has(type));
  return status === undefined ? null : bounceIn(status.text);
}

/** The second where addresses hold other letters than those of ASCII (RFC 6533). */
const STATUS_TYPES = new Set(['message/delivery-status', 'message/global-delivery-status']);

/** `other` may be anything: nobody is ended for it. */
const COMPLAINTS = new Set(['abuse', 'fraud']);

function complaintIn(text: string): MailReport | null {
  const type = headFields(text).get('feedback-type')?.toLowerCase() ?? '';
  if (type === 'opt-out') return { kind: 'left' };
  return COMPLAINTS.has(type) ? { kind: 'complained' } : null;
}

function bounceIn(text: string): MailReport | null {
  // The first group is of the whole mail, each further one of a recipient; ours have one.
  const failed = groupsIn(text.slice(0, TOLD_MAX)).find(
    (group) => /^failed\b/i.test(group.get('action') ?? '') && group.has('status'),
  );
  if (failed === undefined) return null;
  const status = /\d\.\d{1,3}\.\d{1,3}/.exec(failed.get('status') ?? '')?.[0] ?? '';
  const diagnostic = failed.get('diagnostic-code') ?? '';
  return { kind: 'bounced', bounce: bounceKind({ status, diagnostic }) };
}

/**
 * How much of a part is read, in characters: far more than a server writes of one recipient, or puts
 * at the head of a mail. Anybody may write to the address that mails come back to, two megabytes of
 * groups or of one endless head, and everything else waits while they are read.
 */
const TOLD_MAX = 65_536;

/** The fields at the head of a mail, or of a report: the first group there is. */
export function headFields(text: string): ReadonlyMap<string, string> {
  const head = text.slice(0, TOLD_MAX).replaceAll('\r\n', '\n').trimStart();
  const end = /\n[ \t]*\n/.exec(head)?.index;
  return groupsIn(head.slice(0, end))[0] ?? NO_FIELDS;
}

const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** Fields of groups, with their names in small letters; the first of a name. */
function groupsIn(text: string): ReadonlyMap<string, string>[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
    .map((group) => {
      const fields = new Map<string, string>();
      // A line that begins with white space goes on with the one before.
      for (const line of group.replaceAll(/\n[ \t]+/g, ' ').split('\n')) {
        const [, name, value = ''] = /^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
        if (name !== undefined && !fields.has(name.toLowerCase())) {
          fields.set(name.toLowerCase(), value.trim());
        }
      }
      return fields;
    })
    .filter((fields) => fields.size > 0);
}
