import type { StoredEvent } from '#domain/event/event.ts';

/** Looked below the front by so much, in ms: an event is stamped before it is written. */
const SLACK_MS = 1_000;
/** The whole queue is looked at this often at most, in ms … */
const WHOLE_EVERY_MS = 2_000;
/** … takes no more than one part in so many of an owner's time … */
const WHOLE_SHARE = 20;
/** … and is never put off for longer, in ms: nothing waits unseen for more than a minute. */
const WHOLE_LATEST_MS = 60_000;

/**
 * Where an owner begins to look for events that wait. What was applied has left the index of the
 * queue, but MongoDB walks over its traces at every look, for as long as it keeps them: five minutes,
 * unless it is set otherwise (`minSnapshotHistoryWindowInSeconds`). At 4,000 events/s that is a
 * million steps for a look that finds nothing. So a look begins just below what was found last, and
 * every two seconds, or as seldom as its own length demands, the whole queue is looked at: for what
 * was written long after it was stamped, by a process that stood still, say.
 */
export class QueueFront {
  /** Epoch ms: nothing that was found so far and waits still was received before. */
  #at = 0;
  #newest = 0;
  #wholeAt = -Infinity;
  #wholeEveryMs = WHOLE_EVERY_MS;
  #isWhole = false;

  /** Epoch ms of receipt from which to look now; 0: at the whole queue. */
  begin(now: number): number {
    const sinceMs = now - this.#wholeAt;
    // A clock that was set back must not put it off.
    this.#isWhole = sinceMs < 0 || sinceMs >= this.#wholeEveryMs;
    if (!this.#isWhole) return Math.max(0, this.#at - SLACK_MS);
    this.#wholeAt = now;
    return 0;
  }

  /** What the look found, the earliest first, before any of it is applied; and how long it took. */
  found(events: readonly Pick<StoredEvent, 'receivedAt'>[], tookMs: number): void {
    const [first, last] = [events[0], events.at(-1)];
    this.#at = first?.receivedAt ?? this.#newest;
    this.#newest = Math.max(this.#newest, last?.receivedAt ?? 0);
    if (!this.#isWhole) return;
    const fairMs = Math.max(WHOLE_EVERY_MS, tookMs * WHOLE_SHARE);
    this.#wholeEveryMs = Math.min(WHOLE_LATEST_MS, fairMs);
  }

  /** Events that wait may have been brought into these partitions: the next look is at them all. */
  unsettle(): void {
    this.#wholeAt = -Infinity;
  }
}
