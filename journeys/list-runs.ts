import type { Filter } from 'mongodb';
import type { RunStatus } from '#domain/journey/run.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

export interface RunFilter {
  journey?: string | undefined;
  profileId?: string | undefined;
  status?: RunStatus | undefined;
}

/** What a list of runs shows; the entry (with the customer's data) and the engine's state stay out. */
const SHOWN = {
  journey: 1,
  version: 1,
  profileId: 1,
  status: 1,
  outcome: 1,
  enteredAt: 1,
  endedAt: 1,
  path: 1,
  conversion: 1,
  temporalRunId: 1,
} as const;

export type ListedRun = Pick<StoredRun, '_id' | keyof typeof SHOWN>;

/** Runs, newest first. */
export async function listRuns(
  c: Collections,
  { journey, profileId, status }: RunFilter,
  { limit, after }: PageRequest,
): Promise<Page<ListedRun>> {
  const filter: Filter<StoredRun> = {
    ...(journey === undefined ? {} : { journey }),
    ...(profileId === undefined ? {} : { profileId }),
    ...(status === undefined ? {} : { status }),
    ...(after === null
      ? {}
      : {
          $or: [{ enteredAt: { $lt: after.at } }, { enteredAt: after.at, _id: { $lt: after.id } }],
        }),
  };
  const read = await c.runs
    .find(filter)
    .project<ListedRun>(SHOWN)
    .sort({ enteredAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, (run) => ({ at: run.enteredAt, id: run._id }));
}

/** One run by its id; null if there is none. */
export async function findRun(c: Collections, id: string): Promise<ListedRun | null> {
  return c.runs.findOne<ListedRun>({ _id: id }, { projection: SHOWN });
}
