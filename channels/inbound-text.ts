import type { WebhookRequest } from '#channels/webhook-request.ts';

/** A text message that somebody sent to the shop's number. */
export interface InboundText {
  /** Made from the provider's own id: a repeat is the same. */
  id: string;
  /** E.164. */
  from: string;
  text: string;
  /** Epoch ms. */
  at: number;
  /** The provider has answered the word itself. */
  isAnswered: boolean;
}

/** How a provider hands on what people write, at `/v1/webhooks/<name>/texts`. */
export interface TextsHook {
  /** Null: it is nothing that a person wrote. @throws DomainError `forbidden`, `malformed` */
  read(request: WebhookRequest): InboundText | null;
  /** What is answered to the provider so that it sends this text; null: none. */
  reply(text: string | null): { type: string; body: string };
}
