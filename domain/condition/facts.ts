import type { Json, JsonObject } from '#domain/json.ts';

/** One event as conditions see it. */
export interface FactEvent {
  /** Epoch ms. */
  occurredAt: number;
  properties: JsonObject;
  context?: JsonObject;
}

/** What is known of one customer at the moment of asking; whoever asks gathers it. */
export interface Facts {
  /** The customer's IANA zone; an unknown one counts as UTC. */
  zone: string;
  /** The shop's ISO 4217 currency: money traits are in its minor units. */
  currency: string;
  attributes: JsonObject;
  traits: JsonObject;
  consents: Readonly<Record<string, { granted: boolean }>>;
  /** What holds for a channel where nothing was ever said. */
  consentDefault: (channel: string) => boolean;
  /** All events of that name that `reads` asked for, in any order. */
  events: (name: string) => readonly FactEvent[];
  segments?: ReadonlySet<string>;
  stage?: string | null;
  /** Facts of the request in hand. */
  context?: unknown;
  /** Values for `{ param: name }`. */
  params?: Readonly<Record<string, Json>>;
}

/** Traits in minor units of the shop's currency; conditions speak of them in major units. */
export const MONEY_TRAITS: ReadonlySet<string> = new Set(['total_spent', 'average_order']);

/** Whether something holds now, and the first instant (epoch ms) at which time alone may change it. */
export interface Verdict {
  holds: boolean;
  /** Strictly after now; until then the answer stays. Null: only new facts can change it. */
  flipsAt: number | null;
}

export const HOLDS: Verdict = { holds: true, flipsAt: null };
export const FAILS: Verdict = { holds: false, flipsAt: null };

export function verdict(holds: boolean): Verdict {
  return holds ? HOLDS : FAILS;
}
