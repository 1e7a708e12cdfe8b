import { readLink, signLink } from '#platform/signed-link.ts';
import { wrongSignature, type WebhookRequest } from '#channels/webhook-request.ts';

/** Where receipts reach us, and the secrets that links of ours are signed with. */
export interface ReceiptLinks {
  /** Kairos' own address as the outside reaches it. */
  publicUrl: string;
  /** Signs new links. */
  signing: string;
  /** All that links still under way may have been signed with. */
  known: readonly string[];
}

/** Our webhook of a provider, below the public address. */
export function webhookUrl({ publicUrl }: Pick<ReceiptLinks, 'publicUrl'>, name: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/v1/webhooks/${name}`;
}

/**
 * Where the receipts of one message are to be sent by somebody who signs nothing himself: the
 * address itself is signed, so that only who was given it can tell of this message, and of no other.
 */
export function receiptUrl(links: ReceiptLinks, name: string, messageId: string): string {
  const token = signLink(links.signing, { receiptsOf: messageId, by: name });
  return `${webhookUrl(links, name)}?receipt=${token}`;
}

/** The message that a request to such an address is about. @throws DomainError `forbidden` */
export function messageOfReceipt(
  links: ReceiptLinks,
  name: string,
  { target }: Pick<WebhookRequest, 'target'>,
): string {
  const token = new URL(target, 'http://kairos').searchParams.get('receipt') ?? '';
  const { receiptsOf, by } = readLink(links.known, token) ?? {};
  if (receiptsOf === undefined || by !== name) throw wrongSignature();
  return receiptsOf;
}
