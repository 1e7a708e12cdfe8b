import type { StoredEvent } from '#domain/event/event.ts';

/** Looked below the front by so much, in ms: the stream of news comes after the event itself. */
const SLACK_MS = 1_000;
/** The whole queue is looked at this often in any case, in ms. */
const WHOLE_EVERY_MS = 60_000;

/** What is known, without a look, of events that came in. */
export interface Heard {
  /** Epoch ms of receipt of the earliest that came in since this was last asked; Infinity: none. */
  earliest: number;
  /** Epoch ms since when nothing was missed. */
  since: number;
}

/**
 * Where an owner begins to look for events that wait. What was applied has left the index of the
 * queue, but MongoDB walks over its traces at every look, for as long as it keeps them: five minutes,
 * unless it is set otherwise (`minSnapshotHistoryWindowInSeconds`). At 4,000 events/s that is a
 * million steps for a look that finds nothing. So a look begins just below what was found last, or
 * lower where an event has come in that was received earlier.
 */
export class QueueFront {
  /** Epoch ms: nothing that was found so far and waits still was received before. */
  #at = 0;
  #newest = 0;
  #wholeAt = -Infinity;

  /** Epoch ms of receipt from which to look now; 0: at the whole queue. */
  begin(now: number, heard: Heard): number {
    if (now - this.#wholeAt < WHOLE_EVERY_MS && heard.since < this.#wholeAt) {
      return Math.max(0, Math.min(this.#at - SLACK_MS, heard.earliest));
    }
    this.#wholeAt = now;
    return 0;
  }

  /** What the look found, the earliest first, before any of it is applied. */
  found(events: readonly Pick<StoredEvent, 'receivedAt'>[]): void {
    const [first, last] = [events[0], events.at(-1)];
    this.#at = first?.receivedAt ?? this.#newest;
    this.#newest = Math.max(this.#newest, last?.receivedAt ?? 0);
  }
}
