import type { OrganisationOf } from './dmarc-record.ts';
import type { MailAnswers } from './dns-answer.ts';

/** How the shop's mail goes out, as far as DNS has to know of it. */
export interface MailSetup {
  /** The domain of MAIL_FROM, in small letters. */
  domain: string;
  /** SendGrid, a mail server of the shop's choice, or both; the first choice first. */
  providers: readonly ('sendgrid' | 'smtp')[];
  /** The mail server of SMTP_URL; null: none is set. */
  relay: string | null;
  /** What Kairos signs with; null: it does not sign. */
  dkim: { selector: string; domain: string; record: string } | null;
  /** Where mails sent by SMTP come back to; null: to MAIL_FROM. */
  bounceDomain: string | null;
}

/** One thing that was looked at. */
export interface Finding {
  check: MailCheckName;
  /** `unknown`: DNS did not answer, or cannot tell. */
  status: 'ok' | 'warning' | 'fault' | 'unknown';
  /** What DNS holds, as it holds it. */
  found: string[];
  /** What it should hold; null: nothing is to be put there, or only the provider knows what. */
  put: { type: 'TXT' | 'CNAME' | 'MX'; name: string; value: string } | null;
  /** One or two sentences for whoever keeps the shop's DNS. */
  why: string;
}

export const MAIL_CHECKS = [
  'from',
  'spf',
  'dkim',
  'dmarc',
  'alignment',
  'mx',
  'returnPath',
  'reverseDns',
] as const;
type MailCheckName = (typeof MAIL_CHECKS)[number];

/** What the rules cannot do themselves: both need tables or arithmetic that are no rules of ours. */
export interface MailTools {
  organisationOf: OrganisationOf;
  /** Bits of an RSA key in base64 as DKIM records hold it; null: that is no such key. */
  bitsOf: (publicKey: string) => number | null;
}

/** What each rule is given. */
export interface Examined {
  setup: MailSetup;
  answers: MailAnswers;
  tools: MailTools;
}

/** A finding where DNS itself did not answer. */
export function silent(check: MailCheckName, name: string, why: string): Finding {
  return {
    ...{ check, status: 'unknown', found: [], put: null },
    why: `DNS did not answer for ${name} (${why}). Look again in a minute.`,
  };
}

/** The domain that receivers check SPF for, where mail goes out by SMTP. */
export function returnPathOf({ bounceDomain, domain }: MailSetup): string {
  return bounceDomain ?? domain;
}
