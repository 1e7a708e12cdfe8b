import { createCheckMail } from '#channels/email/ask-dns.ts';
import { mailSetup } from '#channels/email/mail-setup.ts';
import { readReturnedMail } from '#channels/email/read-mail-report.ts';
import { isReturnCode } from '#channels/email/return-code.ts';
import { receiptOfReport } from '#domain/mail/receipt-of-report.ts';
import { findReturned } from '#messages/find-returned.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import type { AppDeps } from './deps.ts';
import type { MailPort } from './mail-port.ts';

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
