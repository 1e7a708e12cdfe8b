/** A provider is unhealthy after this many failures in a row. */
const FAILURES_MAX = 5;
/** How long an unhealthy one is left alone, in ms; doubled with each probe that fails, up to the longest. */
export const PAUSE_FIRST_MS = 10_000;
export const PAUSE_MAX_MS = 300_000;
/** A probe that says nothing for so long is given up: longer than any call of a provider, in ms. */
export const PROBE_OVER_MS = 15_000;

/**
 * What one worker knows of a provider's health. `closed`: healthy, calls go through; `open`: it
 * failed too often and is left alone until `until`; `halfOpen`: one call is finding out whether it is
 * well again, and if that is not heard of by `until`, the next one is.
 */
export type Breaker =
  | { state: 'closed'; failures: number }
  | { state: 'open'; until: number; pauseMs: number }
  | { state: 'halfOpen'; until: number; pauseMs: number };

export const HEALTHY: Breaker = { state: 'closed', failures: 0 };

/** Whether a call may be made now (epoch ms), and whether it would be the probe. */
export function mayCall(breaker: Breaker, now: number): 'yes' | 'probe' | 'no' {
  if (breaker.state === 'closed') return 'yes';
  return now >= breaker.until ? 'probe' : 'no';
}

/** The breaker once its probe is on its way: nobody else is let through meanwhile. */
export function probing(breaker: Breaker, now: number): Breaker {
  if (breaker.state === 'closed') return breaker;
  return { state: 'halfOpen', until: now + PROBE_OVER_MS, pauseMs: breaker.pauseMs };
}

/** The breaker where the call that was let through is not made after all: the next one is let through. */
export function unprobed(breaker: Breaker, now: number): Breaker {
  if (breaker.state !== 'halfOpen') return breaker;
  return { state: 'open', until: now, pauseMs: breaker.pauseMs };
}

/**
 * The breaker after a call ended. While it is open, calls that began before say nothing new: only a
 * probe closes it, or opens it for longer.
 */
export function heard(breaker: Breaker, call: 'ok' | 'failed', now: number): Breaker {
  switch (breaker.state) {
    case 'closed': {
      if (call === 'ok') return breaker.failures === 0 ? breaker : HEALTHY;
      const failures = breaker.failures + 1;
      return failures < FAILURES_MAX
        ? { state: 'closed', failures }
        : { state: 'open', until: now + PAUSE_FIRST_MS, pauseMs: PAUSE_FIRST_MS };
    }
    case 'open':
      return breaker;
    case 'halfOpen': {
      if (call === 'ok') return HEALTHY;
      const pauseMs = Math.min(breaker.pauseMs * 2, PAUSE_MAX_MS);
      return { state: 'open', until: now + pauseMs, pauseMs };
    }
  }
}
