import type { SiteChannel } from '#domain/message/message.ts';
import type { RenderedSite } from '#domain/site/rendered-site.ts';

/**
 * What one message shows on the shop's pages; its `_id` is the message's. Whose it is says the
 * message itself, which follows the customer through merges.
 */
export interface StoredSiteMessage {
  _id: string;
  channel: SiteChannel;
  /** Whose it was when it was sent: who is told of it live. */
  profileId: string;
  content: RenderedSite;
  /** BCP 47: what it is written in; absent: sent before that was kept. */
  language?: string;
  /** Epoch ms. */
  createdAt: number;
  /** Epoch ms when they first saw it. */
  openedAt?: number;
  /** Epoch ms since when it is not to be shown any more: it was dismissed, or (but in the inbox) followed. */
  closedAt?: number;
  /** When it is shown no more, and may be deleted (TTL index). */
  expiresAt: Date;
}
