import type { Clock } from '#platform/clock.ts';

/**
 * How long an owner is believed. A merge elsewhere may have moved the identity meanwhile: events
 * of a merged profile follow it when they are applied, so an old answer is late, not wrong.
 */
const BELIEVED_MS = 10_000;

/** About 10 MB; the customers active within BELIEVED_MS of one process. */
const ENTRIES_MAX = 50_000;

/** Owners of identities read or written lately; the oldest entries go first. */
export class OwnerCache {
  readonly #entries = new Map<string, { profileId: string; until: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Owners of all these identities; null as soon as one is not known for sure. */
  all(ids: readonly string[]): Map<string, string> | null {
    const now = this.#clock();
    const found = new Map<string, string>();
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.until <= now) return null;
      found.set(id, entry.profileId);
    }
    return found;
  }

  add(owners: ReadonlyMap<string, string>): void {
    const until = this.#clock() + BELIEVED_MS;
    for (const [id, profileId] of owners) {
      this.#entries.delete(id);
      this.#entries.set(id, { profileId, until });
    }
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX) return;
      this.#entries.delete(id);
    }
  }
}
