import type { StoredMessage } from '#domain/message/message.ts';
import type { WantedChannels } from '#domain/sending/wanted-channels.ts';
import type { StoredSend } from '#sends/send-document.ts';

/** One message to be sent, and how a repeat of the same call is known. */
export interface SendOrder {
  asked: Pick<StoredSend, 'template'> & WantedChannels & Required<Pick<StoredSend, 'data'>>;
  profileId: string;
  /** Stands for the client's `Idempotency-Key`; absent: each call is a send of its own. */
  key: string | undefined;
  /** Hash of the request. */
  request: string;
}

/** A send with its messages, in the order in which they were tried. */
export interface SendFacts {
  send: StoredSend;
  messages: StoredMessage[];
}

/** What the API does with messages that are asked for by themselves. */
export interface SendsPort {
  /**
   * Durable when it resolves, whether Temporal could be told or not. @throws DomainError `invalid`
   * where the template or its content is not there, or the key was used for something else
   */
  order(order: SendOrder): Promise<StoredSend>;
  /** @throws DomainError `not-found` */
  read(id: string): Promise<SendFacts>;
}
