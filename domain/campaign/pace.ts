import { MINUTE_MS } from '#domain/time/duration.ts';

/**
 * What was not used of the rate for so long, in ms, may be made up for: timers come late by some
 * milliseconds, and a high rate would never be reached.
 */
const SLACK_MS = 1_000;

/** Hands out instants so that no more than so many a minute come to pass, evenly. */
export interface Pace {
  /** The instant (epoch ms) of the next one, whose place is taken; `now` where it may go at once. */
  next(now: number): number;
  /** The same, and the place stays free. */
  free(now: number): number;
  /** Where whoever goes on later is to begin; null: there is no limit. */
  readonly freeAt: number | null;
}

/**
 * `perMinute` undefined: there is no limit. `freeFrom` (epoch ms): the first free place, which is
 * where an earlier pace of the same rate came to; else now.
 */
export function paceOf(perMinute: number | undefined, freeFrom: number): Pace {
  if (perMinute === undefined) {
    return { next: (now) => now, free: (now) => now, freeAt: null };
  }
  const gap = MINUTE_MS / perMinute;
  let free = freeFrom;
  return {
    get freeAt() {
      return free;
    },
    free: (now) => Math.max(free, now),
    next(now) {
      const at = Math.max(free, now - SLACK_MS);
      free = at + gap;
      return Math.max(at, now);
    },
  };
}
