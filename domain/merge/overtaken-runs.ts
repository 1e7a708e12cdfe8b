import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { PriorRun } from '#domain/apply/plan.ts';

/**
 * Which runs end when two profiles turn out to be one person. Where the rule of re-entry would not
 * have let this person into a journey a second time under the same entry key, the oldest run under
 * way goes on, with its side's others, and those of the other side end; under `always` all go on.
 */
export function overtakenRuns(
  sides: readonly [readonly PriorRun[], readonly PriorRun[]],
  journeys: readonly Pick<LiveJourney, 'key' | 'definition'>[],
): string[] {
  return journeys
    .filter(({ definition }) => definition.entry.reentry !== 'always')
    .flatMap(({ key }) => ofJourney(sides, key));
}

function ofJourney(sides: readonly (readonly PriorRun[])[], journey: string): string[] {
  const [ours = [], theirs = []] = sides.map((runs) =>
    runs.filter((run) => run.running && run.journey === journey),
  );
  const keys = new Set(ours.map(({ entryKey }) => entryKey));
  const shared = [...keys].filter((key) => theirs.some(({ entryKey }) => entryKey === key));
  return shared.flatMap((key) => {
    const [mine, other] = [ours, theirs].map((runs) => runs.filter((run) => run.entryKey === key));
    if (mine === undefined || other === undefined) return [];
    return (isOlder(mine, other) ? other : mine).map(({ id }) => id);
  });
}

/** Of runs as old as one another the kept profile's goes on. */
function isOlder(mine: readonly PriorRun[], other: readonly PriorRun[]): boolean {
  return first(mine) <= first(other);
}

function first(runs: readonly PriorRun[]): number {
  return Math.min(...runs.map(({ enteredAt }) => enteredAt));
}
