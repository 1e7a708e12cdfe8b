import { dkimRecordOf } from '#channels/email/dkim-key.ts';
import { domainOfSender } from '#channels/email/mail-domain.ts';
import { dkimOf, SMTP_VARIABLES, SmtpSettings } from '#channels/email/smtp-settings.ts';
import { readSettings, type Environment } from '#channels/provider-kind.ts';
import type { MailSetup } from '#domain/mail/mail-check.ts';

/** The sender as it is set, and what DNS has to know of how mail goes out; null: no sender is set. */
export function mailSetup(env: Environment): { from: string; setup: MailSetup } | null {
  const from = env.MAIL_FROM ?? '';
  const domain = domainOfSender(from);
  if (domain === null) return null;
  const settings = smtpIn(env);
  // As the catalogue chooses: SendGrid where it is set, and where nothing is.
  const bySendgrid = Boolean(env.SENDGRID_API_KEY) || settings === null;
  return {
    from,
    setup: {
      domain,
      providers: [
        ...(bySendgrid ? (['sendgrid'] as const) : []),
        ...(settings === null ? [] : (['smtp'] as const)),
      ],
      ...(settings === null ? NO_RELAY : relayOf(settings)),
    },
  };
}

type Relay = Pick<MailSetup, 'relay' | 'dkim' | 'bounceDomain'>;
const NO_RELAY: Relay = { relay: null, dkim: null, bounceDomain: null };

function relayOf(settings: SmtpSettings): Relay {
  const dkim = dkimOf(settings);
  return {
    relay: new URL(settings.url).hostname,
    bounceDomain: settings.bounceDomain ?? null,
    dkim:
      dkim === null
        ? null
        : { selector: dkim.selector, domain: dkim.domain, record: dkimRecordOf(dkim.key) },
  };
}

/** Null: no mail server is set. What is wrong with one is said where it is opened. */
function smtpIn(env: Environment): SmtpSettings | null {
  const read = env.SMTP_URL ? readSettings(SmtpSettings, SMTP_VARIABLES, env) : null;
  return read !== null && 'ok' in read ? read.ok : null;
}
