import { DomainError } from '#domain/errors.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';

/** Events accepted and not yet routed: about ten seconds of work of one router on two cores. */
export const PENDING_MAX = 50_000;
/** Requests being accepted at once in one process; more only wait for the same connections. */
export const IN_FLIGHT_MAX = 200;
/** How old the count may get when much waits; counting costs a walk over the waiting events. */
const COUNT_EVERY_MS = 1000;
/** How old it may get otherwise: other processes let events in, too. */
const COUNT_RELAXED_MS = 5000;
/** Seconds: a router works off thousands of events in that time. */
const RETRY_AFTER_S = 2;

/** What waits to be routed. */
export interface PressureDeps {
  /** Counts events not yet routed, but no further than `limit`. */
  countPending: (limit: number) => Promise<number>;
  clock: Clock;
  pendingMax?: number;
  inFlightMax?: number;
}

export interface Pressure {
  /**
   * Runs the acceptance of `count` events, or refuses it while too much waits.
   * @throws DomainError `too-many-requests` with the seconds to wait.
   */
  admit<T>(count: number, accept: () => Promise<T>): Promise<T>;
}

/** Refuses early instead of growing a backlog that nobody can follow; nothing is dropped. */
export function createPressure(deps: PressureDeps): Pressure {
  const { countPending, clock, pendingMax = PENDING_MAX, inFlightMax = IN_FLIGHT_MAX } = deps;
  let inFlight = 0;
  let waiting = 0;
  let countedAt = -Infinity;
  let counting = false;
  let sinceCount = 0;

  // What came in since a count began is added; what was routed since is not yet subtracted.
  async function count(): Promise<void> {
    const everyMs = waiting > pendingMax / 2 ? COUNT_EVERY_MS : COUNT_RELAXED_MS;
    if (counting || clock() - countedAt < everyMs) return;
    counting = true;
    try {
      sinceCount = 0;
      const counted = await countPending(pendingMax + 1);
      waiting = counted + sinceCount;
      countedAt = clock();
    } catch {
      // A store that cannot count cannot take events either; the write itself will say so.
    } finally {
      counting = false;
    }
  }

  return {
    async admit(events, accept) {
      const refresh = count();
      // Only when the last count said "full" is a fresh one worth waiting for.
      if (waiting >= pendingMax) await refresh;
      if (waiting >= pendingMax || inFlight >= inFlightMax) {
        throw new DomainError('too-many-requests', 'Events come faster than they are worked off.', {
          retryAfterS: RETRY_AFTER_S,
        });
      }
      inFlight += 1;
      waiting += events;
      sinceCount += events;
      try {
        return await accept();
      } finally {
        inFlight -= 1;
      }
    },
  };
}

/** Counts by the partial index of pending events alone. */
export function createCountPending({
  events,
}: Pick<Collections, 'events'>): (limit: number) => Promise<number> {
  return (limit) =>
    events.countDocuments(
      { pending: true, partition: { $gte: 0 } },
      { limit, hint: 'pending', readConcern: { level: 'local' } },
    );
}
