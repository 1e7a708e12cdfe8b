import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readDkimKey } from '#channels/email/dkim-key.ts';
import { domainOfSender, isSelector, MailDomain } from '#channels/email/mail-domain.ts';

function keyIn(text: string, context: z.RefinementCtx): KeyObject {
  const read = readDkimKey(text);
  if ('ok' in read) return read.ok;
  context.addIssue({ code: 'custom', message: read.fault });
  return z.NEVER;
}

function keyInFile(file: string, context: z.RefinementCtx): KeyObject {
  try {
    return keyIn(readFileSync(file, 'utf8'), context);
  } catch {
    context.addIssue({ code: 'custom', message: 'names a file that cannot be read' });
    return z.NEVER;
  }
}

export const SmtpSettings = z
  .object({
    /** `smtp://user:password@host:port` or `smtps://…`. */
    url: z.url({ protocol: /^smtps?$/ }),
    from: z.string().min(3),
    /** Mails come back to an address of their own below this domain; absent: to `from`. */
    bounceDomain: MailDomain.optional(),
    /** Signs mails where it is set: itself, or in a file. */
    dkimKey: z.string().transform(keyIn).optional(),
    dkimKeyFile: z.string().transform(keyInFile).optional(),
    /** The name that its public half stands under in DNS. */
    dkimSelector: z.string().refine(isSelector, { error: 'is no name such as k1' }).optional(),
    /** The domain that is signed for; absent: that of `from`. */
    dkimDomain: MailDomain.optional(),
  })
  .superRefine(({ from, dkimKey, dkimKeyFile, dkimSelector, dkimDomain }, context) => {
    const issue = (name: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [name], message });
    };
    const key = dkimKey ?? dkimKeyFile;
    if (dkimKey !== undefined && dkimKeyFile !== undefined) {
      issue('dkimKeyFile', 'is set beside MAIL_DKIM_KEY: give one of the two');
    }
    if (key !== undefined && dkimSelector === undefined) {
      issue('dkimSelector', 'is missing: the name under which the key stands in DNS, such as k1');
    }
    if (key === undefined && (dkimSelector ?? dkimDomain) !== undefined) {
      issue('dkimKeyFile', 'is missing: the key to sign with, which `npx kairos mail key` makes');
    }
    if (key !== undefined && dkimDomain === undefined && domainOfSender(from) === null) {
      issue('dkimDomain', 'is missing, and MAIL_FROM has no domain to sign for');
    }
  });
export type SmtpSettings = z.infer<typeof SmtpSettings>;

export const SMTP_VARIABLES = {
  url: 'SMTP_URL',
  from: 'MAIL_FROM',
  bounceDomain: 'MAIL_BOUNCE_DOMAIN',
  dkimKey: 'MAIL_DKIM_KEY',
  dkimKeyFile: 'MAIL_DKIM_KEY_FILE',
  dkimSelector: 'MAIL_DKIM_SELECTOR',
  dkimDomain: 'MAIL_DKIM_DOMAIN',
} as const;

/** What mails are signed with; null: they are not. */
export interface DkimSigning {
  selector: string;
  domain: string;
  key: KeyObject;
}

export function dkimOf(settings: SmtpSettings): DkimSigning | null {
  const { from, dkimKey, dkimKeyFile, dkimSelector: selector, dkimDomain } = settings;
  const key = dkimKey ?? dkimKeyFile;
  const domain = dkimDomain ?? domainOfSender(from);
  if (key === undefined || selector === undefined || domain === null) return null;
  return { selector, domain, key };
}
