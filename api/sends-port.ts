import type { StoredMessage } from '#domain/message/message.ts';
import type { WantedChannels } from '#domain/sending/wanted-channels.ts';
import type { StoredSend } from '#sends/send-document.ts';
import type { RequestMark } from './idempotency.ts';

/** How a repeat of a call is known. */
export interface SendCallKey {
  /** Stands for the client's `Idempotency-Key`; absent: each call is a send of its own. */
  key: string | undefined;
  request: RequestMark;
}

/** One message to be sent. */
export interface SendOrder extends SendCallKey {
  asked: Pick<StoredSend, 'template'> & WantedChannels & Required<Pick<StoredSend, 'data'>>;
  profileId: string;
}

/** A send with its messages, in the order in which they were tried. */
export interface SendFacts {
  send: StoredSend;
  messages: StoredMessage[];
}

/** What the API does with messages that are asked for by themselves. */
export interface SendsPort {
  /**
   * The send that this very call has made before, whatever became of its template and its person
   * since; null: none. @throws DomainError `invalid` where the key was used for something else
   */
  repeated(call: SendCallKey): Promise<StoredSend | null>;
  /**
   * Durable when it resolves, whether Temporal could be told or not; `isRepeat` where another call
   * under the same key was faster. @throws DomainError `invalid` where the template or its content is
   * not there, or the key was used for something else
   */
  order(order: SendOrder): Promise<{ send: StoredSend; isRepeat: boolean }>;
  /** @throws DomainError `not-found` */
  read(id: string): Promise<SendFacts>;
}
