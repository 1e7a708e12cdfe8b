import type { Journey } from '#domain/journey/journey.ts';
import { runKeptUntil } from '#domain/journey/run-kept-until.ts';
import type { StoredRun } from '#platform/documents.ts';

/** When a run that ends at `endedAt` (epoch ms) may be deleted; null: never. */
export function runExpiry(
  { entry, enteredAt, goal }: StoredRun,
  journey: Journey | null,
  end: { endedAt: number; keptMs: number | null; zone: string },
): Date | null {
  const until = runKeptUntil({
    // Of a version that is not to be found nobody knows the rule: it is kept, as for `never`.
    reentry: journey?.entry.reentry,
    entry: entry.kind,
    enteredAt,
    goalUntil: goal?.until ?? null,
    ...end,
  });
  return until === null ? null : new Date(until);
}
