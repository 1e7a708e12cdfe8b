import { RUN_STATUSES, type RunStatus } from '#domain/journey/run.ts';
import type { JourneyStatus } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** Runs by status, each counted no further than `limit`: an index is walked, no document read. */
export async function countRuns(
  { runs }: Pick<Collections, 'runs'>,
  limit: number,
): Promise<Record<RunStatus, number>> {
  const [running, completed, exited, stopped, failed] = await Promise.all(
    RUN_STATUSES.map((status) => runs.countDocuments({ status }, { limit })),
  );
  return {
    running: running ?? 0,
    completed: completed ?? 0,
    exited: exited ?? 0,
    stopped: stopped ?? 0,
    failed: failed ?? 0,
  };
}

/** Journeys by status; there are hundreds at most. */
export async function countJourneys({
  journeys,
}: Pick<Collections, 'journeys'>): Promise<Record<JourneyStatus, number>> {
  const rows = await journeys
    .aggregate<{ _id: JourneyStatus; count: number }>([
      { $group: { _id: '$status', count: { $sum: 1 } } },
    ])
    .toArray();
  const counts = { draft: 0, live: 0, paused: 0, stopped: 0 };
  for (const { _id: status, count } of rows) counts[status] = count;
  return counts;
}
