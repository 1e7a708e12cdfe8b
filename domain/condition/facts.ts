import type { EventAsk, KeptFacts } from '#domain/condition/event-matches.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import type { Channel } from '#domain/message/message.ts';

/** What is known of one customer at the moment of asking; whoever asks gathers it. */
export interface Facts {
  /** The customer's IANA zone; an unknown one counts as UTC. */
  zone: string;
  /** The shop's ISO 4217 currency: money traits are in its minor units. */
  currency: string;
  /** What is spoken to the customer, as far as it is known. */
  language?: string | null;
  attributes: JsonObject;
  traits: JsonObject;
  /** What the customer wishes; absent: nothing was said. */
  preferences?: JsonObject;
  consents: Readonly<Record<string, { granted: boolean }>>;
  /** What holds for a channel where nothing was ever said. */
  consentDefault: (channel: string) => boolean;
  /** All events of that name that `reads` asked for, in any order. */
  events: (name: string) => readonly FactEvent[];
  /**
   * What was kept for an ask as its events came in: the matches within the window that asks for
   * them, or the totals of all there ever were. Undefined: look at `events`.
   */
  kept?: (ask: EventAsk) => KeptFacts | undefined;
  /** Whether the customer can be reached in a channel: an address that works, and consent. */
  reachable?: (channel: Channel) => boolean;
  segments?: ReadonlySet<string>;
  /** When time alone will change who is in a segment, epoch ms; only where somebody asks why. */
  segmentFlip?: (key: string) => number | null;
  stage?: string | null;
  /** Facts of the request in hand. */
  context?: unknown;
  /** Values for `{ param: name }`. */
  params?: Readonly<Record<string, Json>>;
}

/** Traits in minor units of the shop's currency; conditions speak of them in major units. */
export const MONEY_TRAITS: ReadonlySet<string> = new Set(['total_spent', 'average_order']);
