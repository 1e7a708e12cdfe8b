import type { JsonObject } from '#domain/json.ts';

/** What Segment's spec calls a message: the six kinds of call, and Kairos' own internal ones. */
export type EventKind = 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias';

/** `accepted` durable and answered; `applied` folded into the profile; `routed` runs were told. */
export type EventState = 'accepted' | 'applied' | 'routed';

/** Who let the event in: decides what it may say (a browser's key is public). */
export type EventSource = 'server' | 'browser' | 'provider' | 'admin' | 'kairos';

/** A consent as an event says it, with its proof. */
export interface SaidConsent {
  granted: boolean;
  source: string;
  /** The words that were agreed to, and which version of them. */
  text?: string;
  textVersion?: string;
  /** It is to be confirmed first; `granted` is false until then. */
  pending?: true;
  /** Epoch ms at which it was asked for, where this confirms it. */
  requestedAt?: number;
}

/** Something that happened to one customer; immutable but for `state`, `profileId`, `partition`. */
export interface StoredEvent {
  /** The caller's messageId: the idempotency key of the whole path. */
  _id: string;
  profileId: string;
  /** Hash of the profile id, 0…63, so that one owner sees all events of one profile in order. */
  partition: number;
  kind: EventKind;
  /** The event's name for track; `Page Viewed` / `Screen Viewed`, `Identified` … for the others. */
  name: string;
  /** Epoch ms: when it happened by the customer's clock, corrected for skew as Segment does. */
  occurredAt: number;
  /** Epoch ms when Kairos took it; order of application is (receivedAt, place). */
  receivedAt: number;
  /** Place in its batch. */
  place: number;
  source: EventSource;
  properties: JsonObject;
  /** Segment's traits (identify, group, context.traits): attributes to set; null removes one. */
  attributes?: JsonObject;
  context?: JsonObject;
  /** Consents said with this event: channel -> granted, with its proof. */
  consents?: Record<string, SaidConsent>;
  /** A push token of this person's device, or their browser's push subscription as JSON. */
  deviceToken?: string;
  /** One that is no more: it leaves the profile. */
  deviceGone?: string;
  /**
   * Profiles that are the same person as `profileId`, to be merged into it when applied; empty on
   * an event that undoes a merge, after which everything is looked at anew just as well.
   */
  merges?: string[];
  /** The merge, by its id, that is to be undone when this is applied. */
  undoes?: string;
  /**
   * The identities it came with, the one that speaks first: whose it is can be said again once a
   * merge is undone. Absent: it came with none, such as a receipt.
   */
  by?: string[];
  /** The merges, by their ids, with which it came to the profile it has now, oldest first. */
  moved?: string[];
  state: EventState;
  /**
   * Epoch ms by which it was folded into the profile: with it the order of application can be gone
   * through again. Absent: not applied yet, or by a version that did not say.
   */
  appliedAt?: number;
  /** True until routed: the partial index of pending work reads it. */
  pending?: true;
  /** What runs were told instead of the id; set when a run was told. */
  ref?: string;
  /** A code, where the event could not be applied and was set aside. */
  fault?: string;
  /** When it may be deleted, once it is routed (TTL index); absent: kept. */
  expiresAt?: Date;
}

/** What the journey engine needs to know of an event: its id, name, instants and properties. */
export interface RunEvent {
  id: string;
  name: string;
  /** Set where Kairos itself told it. */
  source?: 'kairos';
  /** A browser told it, whose key is public: what it says is anybody's word. */
  byBrowser?: true;
  occurredAt: number;
  receivedAt: number;
  properties: JsonObject;
  context?: JsonObject;
}
