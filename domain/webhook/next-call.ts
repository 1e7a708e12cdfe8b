import { MINUTE_MS, SECOND_MS } from '#domain/time/duration.ts';

/** What is waited after the first call that came to nothing; each time twice as long, … */
const FIRST_MS = SECOND_MS;
/** … up to this: a receiver that is back is called again within minutes. */
const LONGEST_MS = 5 * MINUTE_MS;
/** Of a wait, so much more at most, by chance: not all that failed at once comes back at once. */
const JITTER_SHARE = 0.5;
/** Who finds a receiver's places taken comes back after so long; each time after twice as long, … */
const BUSY_MS = 2 * SECOND_MS;
/** … up to this, and by chance as long again: thousands that wait for one receiver cost little. */
const BUSY_LONGEST_MS = MINUTE_MS;

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

/**
 * When somebody looks again whether a receiver has a place for another call (epoch ms). `looks` in a
 * row found none before this one; `chance` is 0 to 1; the patience ends at `deadline` (epoch ms). No
 * wait takes all that is left of it: between half and nine tenths at most, by chance.
 */
export function nextPlaceAt(
  now: number,
  { looks, chance, deadline }: { looks: number; chance: number; deadline: number },
): number {
  const wait = Math.min(BUSY_LONGEST_MS, BUSY_MS * 2 ** Math.min(looks, 20)) * (1 + chance);
  if (now + wait < deadline) return now + Math.round(wait);
  return now + Math.floor(Math.max(0, deadline - now) * (0.5 + 0.4 * chance));
}
