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
export type Breaker = {
  /** Epoch ms of the last opening or closing: calls that began before say nothing new. */
  since: number;
} & (
  | { state: 'closed'; failures: number }
  | { state: 'open'; until: number; pauseMs: number }
  | { state: 'halfOpen'; until: number; pauseMs: number }
);

export const HEALTHY: Breaker = { state: 'closed', failures: 0, since: 0 };

/** Whether a call may be made now (epoch ms), and whether it would be the probe. */
export function mayCall(breaker: Breaker, now: number): 'yes' | 'probe' | 'no' {
  if (breaker.state === 'closed') return 'yes';
  return now >= breaker.until ? 'probe' : 'no';
}

/** The breaker once its probe is on its way: nobody else is let through meanwhile. */
export function probing(breaker: Breaker, now: number): Breaker {
  if (breaker.state === 'closed') return breaker;
  return { ...breaker, state: 'halfOpen', until: now + PROBE_OVER_MS };
}

/** The breaker where the call that was let through is not made after all: the next one is let through. */
export function unprobed(breaker: Breaker, now: number): Breaker {
  if (breaker.state !== 'halfOpen') return breaker;
  return { ...breaker, state: 'open', until: now };
}

/** How a call ended, and when it began (epoch ms). */
interface CallHeard {
  end: 'ok' | 'failed';
  begunAt: number;
}

/**
 * The breaker after a call ended. Calls that began before it last opened or closed say nothing new,
 * and while it is open none does: only a probe closes it, or opens it for longer.
 */
export function heard(breaker: Breaker, { end, begunAt }: CallHeard, now: number): Breaker {
  if (begunAt < breaker.since) return breaker;
  switch (breaker.state) {
    case 'closed': {
      if (end === 'ok') return breaker.failures === 0 ? breaker : { ...breaker, failures: 0 };
      const failures = breaker.failures + 1;
      return failures < FAILURES_MAX
        ? { ...breaker, failures }
        : { state: 'open', since: now, until: now + PAUSE_FIRST_MS, pauseMs: PAUSE_FIRST_MS };
    }
    case 'open':
      return breaker;
    case 'halfOpen': {
      // The probe's own word, and not that of a call which began before it.
      if (begunAt < breaker.until - PROBE_OVER_MS) return breaker;
      if (end === 'ok') return { ...HEALTHY, since: now };
      const pauseMs = Math.min(breaker.pauseMs * 2, PAUSE_MAX_MS);
      return { state: 'open', since: now, until: now + pauseMs, pauseMs };
    }
  }
}
