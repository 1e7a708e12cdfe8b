import { NO_CHANGES } from '#domain/apply/no-changes.ts';
import type { FoldInput, Plan } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { foldUndo } from '#domain/merge/fold-undo.ts';
import type { UndoableMerge } from '#profiles/read-undoable.ts';
import { pastAsked } from './events-asked.ts';
import { toldOf, wakeFor } from './note-webhooks.ts';
import { commitPlan, writePlan, type AppliedBatch, type ApplyDeps } from './write-plan.ts';

/**
 * Applies the event that undoes a merge: both profiles, what is whose, and `applied`, all in one
 * transaction, conditional on the revisions of both. A merge that cannot be undone by now stands,
 * and the event is applied all the same: who asked looks at what became of the merge.
 */
export async function applyUndo(deps: ApplyDeps, event: StoredEvent): Promise<AppliedBatch> {
  const undoing = await deps.profiles.undoable(event.undoes ?? '');
  if (undoing === null || 'refusal' in undoing) return applyNothing(deps, event);
  const input = await readInput(deps, undoing, event);
  const moved = await undoing.readMoved([...namesOf(input)]);
  const { plan, parting } = foldUndo(input, { ...undoing, event, moved });
  const made = toldOf(await deps.webhooks.listening(), [event]);
  await deps.transact(async (session) => {
    // The orders of both are written with the parting, after those of one are gone.
    await writePlan(deps, plan, session);
    await deps.profiles.part(parting, session);
    await deps.webhooks.insert(made, session);
  });
  wakeFor(deps.webhooks, made);
  return { plan, toTell: [event], settled: [] };
}

async function applyNothing(deps: ApplyDeps, event: StoredEvent): Promise<AppliedBatch> {
  const plan: Plan = { ...NO_CHANGES, applied: [event._id], at: deps.clock() };
  const made = toldOf(await deps.webhooks.listening(), [event]);
  await commitPlan(deps, plan, new Set(), made);
  return { plan, toTell: [event], settled: [] };
}

async function readInput(
  deps: ApplyDeps,
  { merge, profiles }: UndoableMerge,
  event: StoredEvent,
): Promise<FoldInput> {
  const ids = [merge.kept, merge.merged];
  const { clock, settings, versions } = deps;
  const [journeys, segments] = await Promise.all([versions.live(), deps.segments.catalogue()]);
  const carried = merge.carried.map(({ snapshot }) => snapshot);
  const before = [merge.keptSnapshot, merge.snapshot, ...carried];
  const asked = pastAsked({ journeys, segments, profiles: before }, [event], clock());
  const [pastEvents, priorRuns] = await Promise.all([
    deps.events.past(ids, asked),
    deps.runs.prior(
      ids,
      journeys.map((journey) => journey.key),
    ),
  ]);
  const read = { profiles, orders: new Map(), pastEvents, priorRuns, journeys, segments };
  return { ...read, events: [], settings, now: clock() };
}

function namesOf({ pastEvents }: FoldInput): Set<string> {
  return new Set([...pastEvents.values()].flatMap((byName) => [...byName.keys()]));
}
