import type { JsonObject } from '#domain/json.ts';
import type { IllProvider } from '#domain/message/after-refusal.ts';

/** Channels in which a provider carries messages to an address; a later one adds a provider to the catalogue. */
export const CARRIED_CHANNELS = ['email', 'sms', 'push', 'web-push', 'viber'] as const;
export type CarriedChannel = (typeof CARRIED_CHANNELS)[number];

/** What Kairos itself shows on the shop's own pages and in its apps, to whoever comes there. */
export const SITE_CHANNELS = ['in-app', 'inbox', 'widget'] as const;
export type SiteChannel = (typeof SITE_CHANNELS)[number];

export const CHANNELS = [...CARRIED_CHANNELS, ...SITE_CHANNELS] as const;
export type Channel = (typeof CHANNELS)[number];

/** Whether a person meets its messages where they come by themselves: it interrupts nobody. */
export function isSiteChannel(channel: Channel): channel is SiteChannel {
  return SITE_CHANNELS.some((one) => one === channel);
}

/**
 * What became of a message. `deferred` waits for a retry; `sending` a provider call is under way
 * or its end is unknown yet; `unknown` it will never be known.
 */
export const MESSAGE_STATUSES = [
  'deferred',
  'sending',
  'sent',
  'delivered',
  'opened',
  'clicked',
  'read',
  'bounced',
  'complained',
  'unsubscribed',
  'failed',
  'suppressed',
  'unknown',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Why a message was not sent or failed: read by support, so stable words and no personal data. */
export type MessageReason =
  | 'erased'
  | 'suppressed'
  | 'noConsent'
  | 'preference'
  | 'holdout'
  | 'alreadyBought'
  | 'seenEnough'
  | 'quietHours'
  | 'minDistance'
  | 'priority'
  | 'cap'
  | 'warmUp'
  | 'throttled'
  | 'noAddress'
  | 'missingValue'
  | 'noContent'
  | 'templateError'
  | 'noVoucher'
  // The template's own words (`{% abort 'out of stock' %}`), the same for everybody.
  | `aborted: ${string}`
  | 'runEnded'
  | 'patienceOver'
  | 'rejected'
  | 'unreachable'
  | 'optedOut'
  | 'providerUnavailable'
  | 'rateLimited'
  | 'delayed'
  | 'misconfigured'
  | 'endUnknown';

/** A link that leads where only its message says. */
export interface MessageLink {
  /** The number of the template's link. */
  n: number;
  url: string;
  /** By which it is asked for where its address must be short. */
  code?: string;
}

/** One send to one person in one channel, with its delivery history. */
export interface StoredMessage {
  /** `<runId>/<stepId>/<hop>/<channel index>`: unique, so a send can be reserved only once. */
  _id: string;
  runId: string;
  profileId: string;
  journey: string;
  version: number;
  step: string;
  channel: Channel;
  provider: string | null;
  template: string;
  /** Language of the content that was used. */
  language: string | null;
  status: MessageStatus;
  reason: MessageReason | null;
  /** Every status it has had, oldest first; `at` in epoch ms. */
  history: { status: MessageStatus; at: number; reason?: MessageReason }[];
  /** The provider's own id, once known. */
  providerId: string | null;
  /** Who refused it, being ill, since all providers of its channel were asked last. */
  refusedBy?: IllProvider[];
  /**
   * The one provider that may still be called: it, too, may have taken a call whose end was never
   * heard of, and nobody else's call would then be the only one.
   */
  boundTo?: string;
  /** How often a provider was called. */
  attempts: number;
  /** Epoch ms of the last provider call; what a look-up at the provider may start from. */
  calledAt: number | null;
  /** Hash of the address it went to, so that a late bounce suppresses the right one. */
  addressHash: string | null;
  /** Hash of the text of its last call, by which some providers can be asked for it. */
  textHash?: string;
  /** That it failed says nothing of its address: its time was over, or was set short by us. */
  noBounce?: true;
  /** Links that lead where only this message says; absent: it has none. */
  links?: MessageLink[];
  /** The latest links of it that were followed, by people or programs; `at` in epoch ms. */
  looks?: { link: number; at: number }[];
  createdAt: number;
  updatedAt: number;
  /** What the gate's last word rests on, where it says more than its reason. */
  details?: JsonObject;
  /** Epoch ms until which the gate holds it; absent: it does not. */
  heldUntil?: number;
  /** The merges, by their ids, with which it came to the profile it has now, oldest first. */
  moved?: string[];
  /** The campaign it is of, by its key; absent: it is a journey's. */
  campaign?: string;
  /** The variant of that campaign's experiment; absent: there is none. */
  variant?: string;
  /** When it may be deleted, long after it can last have gone out (TTL index); absent: kept. */
  expiresAt?: Date;
}
