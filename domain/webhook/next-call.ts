import { MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

/** What is waited after the first call that came to nothing; each time twice as long, … */
const FIRST_MS = SECOND_MS;
/** … up to this: a receiver that is back is called again within minutes. */
const LONGEST_MS = 5 * MINUTE_MS;
/** Of a wait, so much more at most, by chance: not all that failed at once comes back at once. */
const JITTER_SHARE = 0.5;
/** Who finds a receiver's places taken comes back after so long, and by chance as long again. */
const BUSY_MS = 2 * SECOND_MS;

/**
 * When a call is made again (epoch ms). `tries` came to nothing before this one; `chance` is 0 to 1;
 * what the receiver asked for by `Retry-After` is given.
 */
export function nextCallAt(
  now: number,
  { tries, chance, retryAfterMs }: { tries: number; chance: number; retryAfterMs: number | null },
): number {
  // 2^20 times a second is past the longest wait by far, and a number still.
  const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20));
  const jittered = Math.round(wait * (1 + JITTER_SHARE * chance));
  return now + Math.max(jittered, retryAfterMs ?? 0);
}

/** When somebody looks again whether a receiver has a place for another call (epoch ms). */
export function nextPlaceAt(now: number, chance: number): number {
  return now + Math.round(BUSY_MS * (1 + chance));
}
