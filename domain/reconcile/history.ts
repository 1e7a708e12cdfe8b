import type { PastEvent } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';

/** A profile as it was reckoned from its events up to an instant, so that these may expire. */
export interface Checkpoint {
  /** Epoch ms: every event folded up to then is in it, and none folded later. */
  at: number;
  /** Epoch ms at which it was made: what came in well before is in it, or waits still. */
  takenAt: number;
  profile: Profile;
  orders: readonly Order[];
}

/**
 * What happened to one customer since the last checkpoints: to the profile, and to each that was
 * merged into it since, under the id it had then.
 */
export interface History {
  /** By profile id; who has none is begun with nothing. */
  checkpoints: ReadonlyMap<string, Checkpoint>;
  /** In the order of application. */
  events: readonly StoredEvent[];
  /** Events that the checkpoints hold already, by profile and name: for segments defined since. */
  past: ReadonlyMap<string, ReadonlyMap<string, readonly PastEvent[]>>;
}

/** A profile as it stands in the store, at one instant, with its orders. */
export interface Standing {
  profile: Profile;
  orders: readonly Order[];
}
