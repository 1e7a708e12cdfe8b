import type { MachineMark } from '#domain/message/machine-look.ts';
import type { Channel } from '#domain/message/message.ts';
import type { RenderedContent, RenderedViber } from '#domain/template/rendered-content.ts';

/** What a person will see, and what a provider must know beside it. */
export type Content =
  Exclude<RenderedContent, { channel: 'email' | 'viber' }> | EmailContent | ViberContent;

export type EmailContent = Extract<RenderedContent, { channel: 'email' }> & {
  /** Where one click takes this person off (RFC 8058); on marketing mail only. */
  unsubscribeUrl?: string;
  /** Of marketing mail: what it is about, and which journey or campaign and template it is of. */
  list?: { topic: string | null; source: string; template: string };
  /**
   * Opens and clicks are told by links of our own, or by nobody at its template's word: the provider
   * must put none of its own in. Absent: it may.
   */
  ownTracking?: true;
};

export interface ViberContent extends RenderedViber {
  /** Viber tells promotions from messages that somebody waits for, and prices them apart. */
  isPromotion?: boolean;
}

/** One message on its way to a provider. */
export interface Outgoing {
  /** Our own message id; it travels in the provider's own fields and comes back in receipts. */
  messageId: string;
  /** E-mail address, E.164 number, device token, or a browser's push subscription as JSON. */
  to: string;
  content: Content;
  /** BCP 47: what it is written in, for who shows it themselves. Absent: nobody said. */
  language?: string;
  /** The call is given up after this; its end is then unknown. */
  timeoutMs: number;
  /**
   * After this it is to reach nobody any more, where the provider can keep to that: by then the
   * person is written to in another channel. Absent: whenever it can.
   */
  expiresInMs?: number;
}

/**
 * What a provider's refusal asks of the caller:
 * `retryLater` the same call may work later; `badAddress` this address never will;
 * `optedOut` the person said no at the provider; `ourFault` our account, settings or content are
 * wrong and a repeat cannot help; `unsure` the call broke off and it may have gone out.
 */
export type ProviderAction = 'retryLater' | 'badAddress' | 'optedOut' | 'ourFault' | 'unsure';

/** The one error a provider throws. Its message is a code such as `sendgrid-429`, never provider text. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly action: ProviderAction;
  /** From Retry-After, where the provider said it. */
  readonly retryAfterMs: number | undefined;

  constructor(action: ProviderAction, code: string, retryAfterMs?: number) {
    super(code);
    this.action = action;
    this.retryAfterMs = retryAfterMs;
  }
}

/** One row of the capability table: what a caller may rely on. */
export interface Capabilities {
  /** A receipt of delivery comes from the provider or (push) from the app. */
  deliveryReceipts: boolean;
  /** It is told, too, when a person opened or read the message, or clicked in it. */
  openReceipts: boolean;
  /** The provider itself tells by webhook soon after it accepted, so silence means "not accepted". */
  acceptanceReceipts: boolean;
  /** The provider can be asked whether a message went out (`find`). */
  lookup: boolean;
  /** It takes a message of one id once, however often it is called; `lookup` asks it by that id. */
  idempotent: boolean;
  /** Longest body in characters the provider takes; null: bounded by bytes elsewhere. */
  maxLength: number | null;
  /** Pictures can be shown. */
  images: boolean;
  /** Rough price of one message, for comparison only, in micro-units (1e-6) of US dollars. */
  costMicros: number;
}

/** What a provider is asked about a message that it may have taken. */
export interface Sought {
  messageId: string;
  /** As in `Outgoing`; absent only where it is asked by the id alone (`idempotent`). */
  to?: string;
  /** Of the text that went out (`textHash`): what would be written now may read otherwise. As `to`. */
  textHash?: string;
  timeoutMs: number;
}

/** A way to reach people in one channel. Every provider passes the one contract test. */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  readonly capabilities: Capabilities;
  /** Resolves once the provider took it; throws ProviderError otherwise. */
  send(outgoing: Outgoing): Promise<{ providerId: string | null }>;
  /**
   * Only with `lookup`: the provider's id of this message if it was accepted at or after `since`
   * (epoch ms) and is none of `known` (ids that belong to other messages); null if it was not.
   */
  find?(
    sought: Sought,
    since: number,
    known: (ids: string[]) => Promise<string[]>,
  ): Promise<string | null>;
  /** Frees connections. */
  close?(): Promise<void>;
}

/** A provider's webhook, verified and understood: one receipt, ready to become an event. */
export interface ProviderReceipt {
  /** Unique per receipt, made from the provider's own ids, so that a repeat is the same event. */
  eventId: string;
  messageId: string;
  /** The customer event's name, e.g. `Email Delivered`. */
  name: string;
  occurredAt: number;
  providerId: string | null;
  /** For bounces: `hard` suppresses the address; absent: the end says nothing of the address. */
  bounce?: 'hard' | 'soft';
  /** For clicks: the link that was followed. */
  link?: { url: string };
  /** Set where a machine looked and no person: why it is taken for one. */
  machine?: MachineMark;
}
