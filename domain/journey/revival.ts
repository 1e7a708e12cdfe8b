import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';

/** How often a run was given a new workflow because the one before had failed; epoch ms. */
export interface Revival {
  count: number;
  /** When the workflow failed that this answers, by Temporal's clock. */
  failedAt: number;
  /** Not before this is the new one started. */
  startAt: number;
}

/** With the pauses between them these span four hours: long enough to put back a bad version. */
export const REVIVALS_MAX = 10;

/** The first is at once, for most faults do not come again; then the pause doubles, up to an hour. */
const FIRST_PAUSE_MS = MINUTE_MS;
const PAUSE_MAX_MS = HOUR_MS;

/** A failure so long after the last one is another matter: the count begins anew. */
const FORGOTTEN_MS = DAY_MS;

/**
 * What to do about a workflow that failed at `failedAt`: revive its run so, leave it as this failure
 * was answered before (`answered`), or give the run up (`hopeless`).
 */
export function nextRevival(
  last: Revival | null,
  failedAt: number,
  now: number,
): Revival | 'answered' | 'hopeless' {
  if (last !== null && failedAt <= last.failedAt) return 'answered';
  const isSame = last !== null && failedAt - last.failedAt <= FORGOTTEN_MS;
  const count = isSame ? last.count + 1 : 1;
  if (count > REVIVALS_MAX) return 'hopeless';
  const pauseMs = count === 1 ? 0 : Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** (count - 2));
  return { count, failedAt, startAt: now + pauseMs };
}
