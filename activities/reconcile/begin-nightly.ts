import type { Clock } from '#platform/clock.ts';
import type { ReconcileStore } from '#reconciles/reconcile-store.ts';

/**
 * Of all profiles, so much each night: everybody's turn comes within 26 nights, however much the
 * shop grows meanwhile, and so before the shortest retention of events (30 days) is over.
 */
const NIGHTLY_SHARE = 1 / 25;

/** Begins the report of one night; once for each run of the schedule. Answers its id. */
export async function beginNightly(
  { reconciles, clock }: { reconciles: Pick<ReconcileStore, 'begin'>; clock: Clock },
  workflowId: string,
): Promise<string> {
  const id = workflowId.split('/').at(-1) ?? workflowId;
  const wanted = { id, share: NIGHTLY_SHARE, profiles: [], repair: false, who: null };
  await reconciles.begin(wanted, clock());
  return id;
}
