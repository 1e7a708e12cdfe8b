import type { CheckMail } from '#channels/email/ask-dns.ts';
import type { ProviderReceipt } from '#channels/provider.ts';
import type { MailSetup } from '#domain/mail/mail-check.ts';

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
