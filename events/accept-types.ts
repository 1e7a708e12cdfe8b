import type { EventKind } from '#domain/event/event.ts';
import type { Fault } from '#domain/errors.ts';
import type { JsonObject } from '#domain/json.ts';

/** What a call says about who the person is; the shape profiles/resolve-identities.ts takes. */
export interface Claim {
  external?: string;
  anonymous?: string;
  previous?: string;
  email?: string;
  phone?: string;
  browser: boolean;
  consents: boolean;
  eventId: string;
  /** Epoch ms. */
  occurredAt: number;
}

/** Whose event it is, as profiles/resolve-identities.ts answers. */
export interface Resolved {
  profileId: string;
  merges?: string[];
  refused?: ('email' | 'phone' | 'consents')[];
  /** It happened before this person was erased: it is not to be kept. */
  erased?: true;
}

/** Attributes with addresses in their one form, as profiles/normalize-addresses.ts answers. */
export interface Normalized {
  attributes: JsonObject;
  email?: string;
  phone?: string;
  warnings: Fault[];
}

/** How some calls came in. */
export interface CallOrigin {
  source: 'server' | 'browser' | 'admin';
  /** Kind of a single call; members of a batch say their own. */
  kind?: EventKind;
  /** Of the batch. */
  sentAt?: unknown;
  context?: unknown;
  /** Epoch ms; by default now. */
  receivedAt?: number;
  /** The import these calls are rows of: kept in their context, with the proof of consents. */
  importId?: string;
  /** Their devices are taken back: an app at log-out. */
  takesBack?: true;
}

/** What is to be told about one call of a request. */
export interface CallNote {
  index: number;
  messageId: string | null;
  errors: Fault[];
}

export interface Accepted {
  /** Calls that are now durable, repeats of known ones included. */
  accepted: number;
  rejected: CallNote[];
  /** Calls that are durable but for a part that was left out. */
  warnings: CallNote[];
  /** Ids of the accepted events. */
  ids: string[];
}
