import { createHash } from 'node:crypto';
import type { EmailContent } from '#channels/provider.ts';

type Headers = Record<string, string>;

/** Gmail asks for a name of the sender of 5 to 15 characters. */
const SENDER_MIN = 5;
const SENDER_MAX = 15;
/** Longest part of a name in a header, in characters; a label of DNS has 63 at most. */
const PART_MAX = 63;

/**
 * The headers by which mailbox providers and mail programs know what a mail is. Marketing says of
 * which list it is and how one leaves it with one click (RFC 8058, RFC 2919), which also keeps
 * programs from answering. Any other mail is nobody's list; that nobody need answer it, RFC 3834 has
 * a word for.
 */
export function listHeaders(content: EmailContent, domain: string): Headers {
  const { unsubscribeUrl, list } = content;
  if (unsubscribeUrl === undefined) return { 'Auto-Submitted': 'auto-generated' };
  return {
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': `<${part(list?.topic ?? 'marketing')}.${domain}>`,
  };
}

/**
 * What Gmail counts complaints by (Postmaster Tools): the journey or campaign, the template, the
 * topic, and the sender. None but marketing; ids and nothing personal.
 */
export function feedbackId({ unsubscribeUrl, list }: EmailContent, domain: string): Headers {
  if (unsubscribeUrl === undefined || list === undefined) return {};
  const { source, template, topic } = list;
  const parts = [part(source), part(template), part(topic ?? 'marketing'), senderOf(domain)];
  return { 'Feedback-ID': parts.join(':') };
}

/** The same for all mails of a shop, whatever becomes of its keys. */
function senderOf(domain: string): string {
  return domain
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, SENDER_MAX)
    .padEnd(SENDER_MIN, '0');
}

/** A name of the shop's as both headers may hold one; what is nothing but other letters, as a hash. */
function part(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, PART_MAX)
    .replaceAll(/^-+|-+$/g, '');
  if (/[a-z0-9]/.test(plain) && !/[^\p{ASCII}]/u.test(name)) return plain;
  return `t-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}
