import type { Clock } from '#platform/clock.ts';
import type { StoredErasure } from '#platform/erasure-documents.ts';
import type { ReportSigner } from '#platform/sign-report.ts';
import type { ErasureStore } from '#erasures/erasure-store.ts';
import { reportOf } from '#erasures/erasure-report.ts';
import type { Execution, Histories } from './histories.ts';

/** The server deletes a history within seconds, in a queue of its own: many are waited for at once. */
const FORGOTTEN_AT_ONCE = 20;

export interface EraseDeps {
  erasures: ErasureStore;
  histories: Histories;
  signer: ReportSigner;
}

/** What the walk needs of Temporal and of the world. */
interface Walk {
  clock: Clock;
  heartbeat: (reached: string) => void;
  signal: AbortSignal;
}

/**
 * The second half of an erasure: ends the person's runs, deletes their workflows with their
 * histories, then all that is kept of the person, and signs what was done. Killed anywhere it is
 * called again and goes on; what is gone is counted and stays gone.
 */
export async function erasePerson(deps: EraseDeps, id: string, walk: Walk): Promise<void> {
  const erasure = await deps.erasures.find(id);
  if (erasure?.status !== 'running') return;
  await eraseAll(deps, erasure, walk);
  await sign(deps, id, { status: 'completed', completedAt: walk.clock() });
}

/**
 * Looks again, once calls that were under way have ended: what such a call still wrote goes, too.
 * False while a file is being read that was in flight when the erasure was asked for.
 */
export async function lookForLeftovers(deps: EraseDeps, id: string, walk: Walk): Promise<boolean> {
  const erasure = await deps.erasures.find(id);
  if (erasure?.lookedAgainAt !== null) return true;
  await eraseAll(deps, erasure, walk);
  const imports = await deps.erasures.importsRunning(erasure.imports);
  const isDone = imports.length === 0;
  await sign(deps, id, { imports, ...(isDone && { lookedAgainAt: walk.clock() }) });
  return isDone;
}

async function eraseAll(
  { erasures, histories }: EraseDeps,
  { _id: id, profiles }: StoredErasure,
  { clock, heartbeat, signal }: Walk,
): Promise<void> {
  await erasures.endRuns(profiles, clock());
  const runIds = await erasures.runIds(profiles);
  // By their names: what is listed may be the latest as well.
  const some = new Map<string, Execution>();
  const forgetThese = async (): Promise<void> => {
    signal.throwIfAborted();
    // Noted first: an execution that is gone cannot be counted.
    await erasures.noteHistories(id, [...some.keys()]);
    // All of them are over before one that failed is told: none goes on asking beside the next try.
    const forgotten = await Promise.allSettled(
      [...some.values()].map((execution) => histories.forget(execution)),
    );
    const failed = forgotten.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
    heartbeat(id);
    some.clear();
  };
  for await (const execution of histories.of(runIds, profiles)) {
    some.set(`${execution.workflowId}/${execution.runId}`, execution);
    if (some.size >= FORGOTTEN_AT_ONCE) await forgetThese();
  }
  await forgetThese();
  await erasures.deleteAll(id, profiles, () => {
    signal.throwIfAborted();
    heartbeat(id);
  });
}

async function sign(
  { erasures, signer }: EraseDeps,
  id: string,
  change: Partial<StoredErasure>,
): Promise<void> {
  const erasure = await erasures.find(id);
  if (erasure === null) return;
  const jws = signer.sign(reportOf({ ...erasure, ...change }));
  // All of a change stands in the report: where it reads as before there is nothing to write.
  if (jws !== erasure.jws) await erasures.complete(id, { ...change, jws });
}
