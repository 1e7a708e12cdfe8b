import type { Json, JsonObject } from '#domain/json.ts';
import type { KeptMatches } from '#domain/segment/kept-matches.ts';

/** One customer, known or anonymous: the document in `profiles`. Instants are epoch ms. */
export interface Profile {
  _id: string;
  /** Grows by one with each write; writers are fenced by it. */
  revision: number;
  partition: number;
  /** Facts somebody told us, by name. */
  attributes: JsonObject;
  /** When each was told, epoch ms; removed ones included. */
  attributeTimes: Record<string, number>;
  /** By whom; absent: no attribute was told since this is kept. */
  attributeSources?: AttributeSources;
  /** The words of the names among the attributes, kept for the search by name; absent: none. */
  names?: string[];
  consents: Record<string, Consent>;
  /** Absent: none was ever said. */
  preferences?: Preferences;
  /** Push addresses, newest first, at most DEVICES_MAX. */
  devices: { token: string; at: number }[];
  /** `channel|address` where a hard bounce or a complaint told that nobody is reached; absent: none. */
  deadAddresses?: string[];
  /**
   * Anonymous ids of the browsers that the shop itself, not a page's public key, named together with
   * an address of this person; absent: it has named no address of theirs.
   */
  spokenFor?: string[];
  /** BCP 47; from the attribute `language` / `locale`. */
  language: string | null;
  /** BCP 47; the browser's last seen (`context.locale`). */
  browserLanguage: string | null;
  /** IANA zone; from the attribute `timezone`, else the last `context.timezone`. */
  zone: string | null;
  traits: Traits;
  cart: CartLine[];
  /** Up to when earlier changes of the cart no longer matter, at most CART_CUTS_MAX. */
  cartCuts: CartCut[];
  /** The products they are interested in, by id; absent: none yet. */
  interests?: Interest[];
  /** Up to when earlier words about an interest no longer matter, at most INTEREST_CUTS_MAX. */
  interestCuts?: InterestCut[];
  /** Latest occurredAt by event name, at most EVENT_NAMES_MAX names; tells cheaply what was seen. */
  lastEventAt: Record<string, number>;
  /** The segments this profile is in, by key; absent: in none yet. */
  segments?: Membership[];
  /** What keeps `segments` true; absent: no segment was looked at yet. */
  segmentState?: SegmentState;
  /** What time itself will change for this profile, by journey key. */
  watches: Record<string, Watch>;
  /** Smallest `at` of the watches and flips: indexed, so that nobody is polled. Null: nothing is due ever. */
  nextWatchAt: number | null;
  /** Set when this profile was found to be the same person as another: follow it. */
  mergedInto: string | null;
  /** Epoch ms at which a merge into this profile was last undone. */
  partedAt?: number;
  erasedAt: number | null;
  /** A code, where time could not be applied and the profile was taken off the clock. */
  fault?: string;
  createdAt: number;
  updatedAt: number;
}

/**
 * Who said the attributes of a profile. Nearly always it is one and the same (the shop's server),
 * so that one is written once for all, and the others by name: a profile with forty attributes from
 * one source carries twenty bytes for it, not a thousand.
 */
export interface AttributeSources {
  /** Who said all that `others` does not name; null: it was said before this was kept. */
  most: string | null;
  others: Record<string, string | null>;
}

/** What a customer wishes, kept with the profile. */
export interface Preferences {
  values: JsonObject;
  /** When each was said, epoch ms; removed ones included, for a removal is a word, too. */
  times: Record<string, number>;
  /** Grows with each change, so that whoever changes them can see whether somebody else did. */
  revision: number;
  /** Epoch ms of the last change. */
  at: number;
}

export interface Membership {
  /** The segment's key. */
  key: string;
  /** Epoch ms since when without a break. */
  since: number;
}

export interface SegmentState {
  /** Every segment up to this generation was looked at. */
  generation: number;
  /** When time alone may change the membership of a segment, epoch ms by its key. */
  flips: Record<string, number>;
  /** Matches of the asks of conditions, by the ask's id. */
  kept: Record<string, KeptMatches>;
}

export interface Consent {
  granted: boolean;
  at: number;
  source: string;
  /** The words that were agreed to, and which version of them. */
  text?: string;
  textVersion?: string;
  /** Epoch ms of the latest explicit grant, where another word came after it. */
  grantedAt?: number;
  /** Epoch ms of the latest refusal, where another word came after it. */
  refusedAt?: number;
  /** Asked for and not confirmed yet: it counts as none given. */
  pending?: true;
  /** Epoch ms at which it was asked for, where it was confirmed at `at`. */
  requestedAt?: number;
}

/** Facts we computed. Money is in integer minor units of `currency`. */
export interface Traits {
  orders_count: number;
  /** Minor units in the shop's currency, less refunds. */
  total_spent: number;
  /** Other currencies apart, minor units by ISO 4217 code, until a rate is set. */
  spent_by_currency: Record<string, number>;
  /** How many of `orders_count` were paid in each other currency. */
  orders_by_currency: Record<string, number>;
  first_order_at: number | null;
  last_order_at: number | null;
  /** Minor units. */
  average_order: number | null;
  first_seen_at: number | null;
  last_seen_at: number | null;
  [name: string]: Json;
}

export interface CartLine {
  product_id: string;
  cart_id: string | null;
  name: string | null;
  quantity: number;
  /** Minor units per piece; null when the shop did not say. */
  price: number | null;
  at: number;
}

/**
 * A cart (or one product in it) was bought, removed or told anew at `at`: whatever arrives later
 * but happened before is history.
 */
export interface CartCut {
  /** Null: the cart without a name; empty: every cart. */
  cart_id: string | null;
  /** Null: every product. */
  product_id: string | null;
  at: number;
}

/** How somebody is interested in a product; the last two asked to be told. */
export const INTEREST_KINDS = [
  'cart',
  'wishlist',
  'viewed',
  'priceRequested',
  'stockRequested',
] as const;
export type InterestKind = (typeof INTEREST_KINDS)[number];

/** A product that somebody is interested in. */
export interface Interest {
  /** The shop's id of it. */
  product: string;
  /** The latest word of each kind there is, epoch ms. */
  kinds: Partial<Record<InterestKind, number>>;
  /** Revision of the product of whose change they were told last. */
  told?: number;
}

/** An interest ended at `at`: whatever arrives later but happened before is history. */
export interface InterestCut {
  product: string;
  kind: InterestKind;
  at: number;
}

/** One order, kept apart from the profile so that `order_id` counts once for ever. */
export interface Order {
  /** `<profileId>|<order_id>` */
  _id: string;
  profileId: string;
  orderId: string;
  /** Minor units. */
  revenue: number;
  refunded: number;
  currency: string;
  at: number;
  /** Event ids already counted here (the order's, its refunds'), so a repeat changes nothing. */
  eventIds: string[];
  /** False while only a refund of it was seen. */
  completed: boolean;
}

/** A journey's claim on time for one profile. */
export interface Watch {
  /** Version of the journey this was computed for. */
  version: number;
  /** For `becomes`: whether the condition held when last looked at. */
  held: boolean | null;
  /** When to look again; null: only an event can change it. */
  at: number | null;
}
