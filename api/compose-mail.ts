import { createCheckMail, type CheckMail } from '#channels/email/ask-dns.ts';
import { mailSetup } from '#channels/email/mail-setup.ts';
import { readReturnedMail } from '#channels/email/read-mail-report.ts';
import { isReturnCode } from '#channels/email/return-code.ts';
import type { ProviderReceipt } from '#channels/provider.ts';
import type { MailSetup } from '#domain/mail/mail-check.ts';
import { receiptOfReport } from '#domain/mail/receipt-of-report.ts';
import { findReturned } from '#messages/find-returned.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import type { AppDeps } from './deps.ts';

/** What the API knows of the shop's mail. */
export interface MailPort {
  /** Null: MAIL_FROM holds no address. */
  sender: { from: string; setup: MailSetup } | null;
  /** Nothing goes anywhere: a sandbox plays the provider. */
  isSandbox: boolean;
  check: CheckMail;
  /** Lets a mail server hand mails on, and nothing else; null: nobody may. */
  reportsKey: string | null;
  /**
   * What a mail that came back tells of one of ours; null: nothing.
   * @throws DomainError `malformed`, `unavailable`
   */
  readReport(raw: Buffer): Promise<ProviderReceipt | null>;
}

interface MailParts extends Pick<AppDeps, 'config' | 'mongo' | 'clock'> {
  env: Readonly<Record<string, string | undefined>>;
}

/** As long as keys of the API: whoever guesses it could end addresses. */
const KEY = /^[A-Za-z0-9_-]{20,}$/;

/** @throws Error whose sentence names the variable that is wrong */
export function composeMail({ config, env, mongo, clock }: MailParts): MailPort {
  const sender = mailSetup(env);
  const { KAIROS_SANDBOX_URL: sandbox, SENDGRID_BASE_URL: sendgrid } = env;
  const reportsKey = env.MAIL_REPORTS_KEY || null;
  if (reportsKey !== null && !KEY.test(reportsKey)) {
    throw new Error('MAIL_REPORTS_KEY must be 20 or more of A-Za-z0-9_-.');
  }
  const { known } = linkSecrets(config);
  return {
    sender,
    isSandbox:
      Boolean(sandbox) &&
      sender?.setup.providers[0] === 'sendgrid' &&
      sendgrid?.startsWith(sandbox ?? '') === true,
    check: createCheckMail(env.MAIL_CHECK_DNS ?? ''),
    reportsKey,
    async readReport(raw) {
      const returned = await readReturnedMail(raw);
      if (returned === null) return null;
      const { report, codes, messageId } = returned;
      for (const code of codes) {
        const isIts = messageId !== null && isReturnCode(known, messageId, code);
        const of = isIts ? messageId : await findReturned(mongo.collections, code);
        if (of !== null) return receiptOfReport(report, { messageId: of, at: clock() });
      }
      return null;
    },
  };
}
