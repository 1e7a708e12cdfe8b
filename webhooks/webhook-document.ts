import type { Webhook } from '#domain/webhook/endpoint.ts';
import type { GoogleAnalytics } from '#domain/webhook/google-analytics.ts';

/** Why an address was switched off: it answered 410, or took nothing for three days. */
export type DisabledReason = 'gone' | 'failing';

/** An address that is told of events. Without a kind it is a webhook. */
export type StoredEndpoint = StoredWebhook | StoredGoogle;
type StoredWebhook = Webhook & EndpointState;
export type StoredGoogle = Omit<GoogleAnalytics, 'apiSecret'> & EndpointState;

/** What is known of an address of any kind. Instants are epoch ms. */
export interface EndpointState {
  _id: string;
  /** `paused`: what it would be told waits; `disabled`: it is told nothing more. */
  status: 'active' | 'paused' | 'disabled';
  disabledReason: DisabledReason | null;
  disabledAt: number | null;
  /**
   * What signs, newest first; an older one signs beside it until `until`. Of Google Analytics the
   * API secret. They are kept as they are, for signing needs them.
   */
  secrets: { secret: string; until: number | null }[];
  /** Since when nothing was taken; null: the last try went well, or there was none. */
  failingSince: number | null;
  /** Grows with each change; writers are fenced by it. */
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** `skipped`: it is not to be told, as the customer or its age would have it. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'skipped'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const DELIVERY_REASONS = [
  'eventGone',
  'erased',
  'gone',
  'triesOver',
  'noConsent',
  'tooOld',
] as const;
type DeliveryReason = (typeof DELIVERY_REASONS)[number];

/** One try, as somebody looking for a fault wants to see it. */
export interface StoredTry {
  at: number;
  /** Null: there was no answer. */
  status: number | null;
  /** A code where there was no answer, such as ECONNREFUSED. */
  fault: string | null;
  ms: number;
}

/**
 * One event to be told to one address, written in the transaction that applied the event. It holds
 * ids only: what is sent is read at the moment of sending.
 */
export interface StoredDelivery {
  /** Follows from address and event; also the `webhook-id`, the same in every try and replay. */
  _id: string;
  endpoint: string;
  /** Null: a test. */
  eventId: string | null;
  event: string;
  profileId: string | null;
  status: DeliveryStatus;
  /** Why it failed for good or was skipped, where the tries do not say. */
  reason: DeliveryReason | null;
  /**
   * When it is to be told: of a new one the instant its event came in, so that the order of these
   * is the order of events.
   */
  nextAt: number;
  /** Place of the event in its request, for events of one instant. */
  place: number;
  tries: number;
  /** The latest, oldest first. */
  history: StoredTry[];
  replays: number;
  createdAt: number;
  deliveredAt: number | null;
  /** When it may be deleted (TTL index); absent while it is to be told. */
  expiresAt?: Date;
}
