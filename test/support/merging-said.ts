import type { StoredEvent } from '#domain/event/event.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { IdentityClaim } from '#profiles/plan-identities.ts';

/** When the first minute of the worlds of merges begins, epoch ms. */
export const START = Date.UTC(2026, 0, 1);

/** One call of a shop, with when it happened (minutes after the start). */
export interface Said extends Partial<StoredEvent> {
  external?: string;
  anonymous?: string;
  email?: string;
  phone?: string;
  previous?: string;
  minute: number;
}

/** What a call says of who it is about, as acceptance asks it. */
export function claimOf(said: Said, eventId: string): IdentityClaim {
  const { external, anonymous, email, phone, previous } = said;
  const names = Object.entries({ external, anonymous, email, phone, previous });
  const claim = Object.fromEntries(names.filter(([, value]) => value !== undefined));
  const occurredAt = START + said.minute * MINUTE_MS;
  return { ...claim, browser: false, consents: false, eventId, occurredAt };
}

/** What it says beside, as the event that is stored of it: when, and by which names it came. */
export function contentOf(said: Said): Partial<StoredEvent> {
  const { external, anonymous, email, phone, previous, minute, ...rest } = said;
  const by = [
    ['external', external],
    ['external', previous],
    ['anonymous', previous],
    ['anonymous', anonymous],
    ['email', email],
    ['phone', phone],
  ].flatMap(([kind, value]) => (value === undefined ? [] : [`${String(kind)}:${value}`]));
  return { ...rest, by, occurredAt: START + minute * MINUTE_MS };
}
