const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * What is waited after the first failed try, after the second, and so on: a restart costs seconds, a
 * bad deployment minutes, a weekend is survived. Twelve tries over three days.
 */
export const RETRY_AFTER_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
  24 * HOUR_MS,
];

/** A receiver may ask for more patience, up to this. */
const ASKED_MAX_MS = 24 * HOUR_MS;

/** An address of which nothing was taken for so long is switched off. */
export const FAILING_MAX_MS = 72 * HOUR_MS;

/** Of a wait, so much more at most, by chance: not all that failed at once comes back at once. */
const JITTER_SHARE = 0.2;

/** What came of one try; `status` null: no answer, `fault` says why. */
export interface Answer {
  status: number | null;
  fault: string | null;
  /** What the receiver asked for by `Retry-After`, in ms. */
  retryAfterMs: number | null;
}

export type Verdict =
  | { outcome: 'delivered' }
  /** The receiver wants nothing any more (410): its address is switched off. */
  | { outcome: 'gone' }
  | { outcome: 'retry'; afterMs: number }
  | { outcome: 'failed' };

/**
 * What follows from the answer to a try. `tries` counts this one; `chance` is 0 to 1. Only a 2xx is
 * taken for "I have it": redirects are not followed, for they would lead past the check of addresses.
 */
export function judgeAnswer(
  { status, retryAfterMs }: Answer,
  { tries, chance }: { tries: number; chance: number },
): Verdict {
  if (status !== null && status >= 200 && status < 300) return { outcome: 'delivered' };
  if (status === 410) return { outcome: 'gone' };
  const wait = RETRY_AFTER_MS[tries - 1];
  if (wait === undefined) return { outcome: 'failed' };
  const asked = Math.min(retryAfterMs ?? 0, ASKED_MAX_MS);
  const jittered = Math.round(wait * (1 + JITTER_SHARE * chance));
  return { outcome: 'retry', afterMs: Math.max(jittered, asked) };
}

/** `Retry-After` in ms, of seconds or a date of HTTP; null where it says nothing usable. */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * SECOND_MS;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
