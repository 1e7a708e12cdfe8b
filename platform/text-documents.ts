import type { Keyword } from '#domain/message/keywords.ts';

/** A word that somebody sent us by text message: what it was, and not who. */
export interface StoredText {
  /** Made from the provider's own id: a repeat is the same. */
  _id: string;
  keyword: Keyword;
  /** Whether it changed anything, and so was answered. */
  changed: boolean;
  /** Epoch ms. */
  at: number;
  /** TTL index. */
  expiresAt: Date;
}
