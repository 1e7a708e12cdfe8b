import type { Reentry } from '#domain/journey/entry.ts';
import { addDuration } from '#domain/time/add-duration.ts';

/** What is known of one person's runs of a journey under one entry key. */
export interface EnteredBefore {
  /** Epoch ms of the last entry; null: never entered. */
  lastEntryAt: number | null;
  /** Whether a run is under way. */
  running: boolean;
  /** Whether there ever was a run. */
  ever: boolean;
}

/** Whether somebody may enter at `at` (epoch ms). Nothing said means `never` again. */
export function mayEnter(
  reentry: Reentry | undefined,
  before: EnteredBefore,
  at: number,
  zone: string,
): boolean {
  if (reentry === undefined || reentry === 'never') return !before.ever;
  if (reentry === 'always') return true;
  if (reentry === 'oneAtATime') return !before.running;
  return before.lastEntryAt === null || at >= addDuration(before.lastEntryAt, reentry.after, zone);
}
