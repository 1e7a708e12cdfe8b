import type { Reentry } from '#domain/journey/entry.ts';
import type { RunEntry } from '#domain/journey/run.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { DAY_MS } from '#domain/time/duration.ts';

/** A run that a date began is told from the next by its year (domain/apply/watch.ts). */
const YEAR_AND_A_DAY_MS = 367 * DAY_MS;

/** What decides how long an ended run is kept; instants in epoch ms, `keptMs` null: for good. */
export interface EndedRun {
  reentry: Reentry | undefined;
  entry: RunEntry['kind'];
  enteredAt: number;
  endedAt: number;
  goalUntil: number | null;
  keptMs: number | null;
  zone: string;
}

/**
 * Until when an ended run must be kept (epoch ms); null: for good. It is kept while its goal can
 * still be reached, and while the rule of re-entry asks for it: `never` asks for ever, for the run
 * itself is the proof that the person was in.
 */
export function runKeptUntil(run: EndedRun): number | null {
  const { reentry = 'never', entry, enteredAt, endedAt, goalUntil, keptMs, zone } = run;
  if (keptMs === null) return null;
  const until = Math.max(endedAt + keptMs, goalUntil ?? 0);
  if (entry === 'date') return Math.max(until, enteredAt + YEAR_AND_A_DAY_MS);
  if (reentry === 'never') return null;
  if (typeof reentry === 'string') return until;
  return Math.max(until, addDuration(enteredAt, reentry.after, zone));
}
