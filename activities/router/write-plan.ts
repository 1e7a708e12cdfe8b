import type { FoldSettings, Plan } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Sold } from '#domain/product/best-sellers.ts';
import type { EventStore } from '#events/event-store.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { ReceiptStore } from '#messages/receipt-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Session } from '#platform/transaction.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';
import type { LiveSegments } from '#segments/live-segments.ts';
import type { NewDelivery } from '#webhooks/delivery-store.ts';
import { wakeFor, type WebhookNotes } from './note-webhooks.ts';

export interface ApplyDeps {
  events: EventStore;
  profiles: ProfileStore;
  runs: RunStore;
  versions: JourneyVersions;
  segments: LiveSegments;
  receipts: ReceiptStore;
  webhooks: WebhookNotes;
  /** Told what orders sold, once they are applied; a crash in between leaves them uncounted. */
  onSold?: (sold: readonly Sold[]) => void;
  /** Runs its work in one transaction. */
  transact<T>(work: (session: Session) => Promise<T>): Promise<T>;
  clock: Clock;
  settings: FoldSettings;
}

/**
 * Writes a plan in one transaction; fails with Fenced when anything was changed meanwhile. Of the
 * events it applies, `isSettled` are those that are nothing to any run, `made` what webhooks are to
 * be told of them.
 */
export async function commitPlan(
  deps: ApplyDeps,
  plan: Plan,
  isSettled: ReadonlySet<string> = new Set(),
  made: readonly NewDelivery[] = [],
): Promise<void> {
  await deps.transact(async (session) => {
    await writePlan(deps, plan, session, isSettled);
    await deps.webhooks.insert(made, session);
  });
  wakeFor(deps.webhooks, made);
}

/** Writes a plan within a transaction. */
export async function writePlan(
  deps: ApplyDeps,
  plan: Plan,
  session: Session,
  isSettled: ReadonlySet<string> = new Set(),
): Promise<void> {
  const toTell = plan.applied.filter((id) => !isSettled.has(id));
  const settled = plan.applied.filter((id) => isSettled.has(id));
  if (plan.applied.length > 0) {
    await deps.events.markApplied({ toTell, settled, at: plan.at }, session);
  }
  if (plan.refused.length > 0) await deps.events.refuse(plan.refused, session);
  await deps.profiles.save(plan.profiles, session);
  await deps.profiles.saveOrders(plan.orders, session);
  for (const merge of plan.merges) await deps.profiles.merge(merge, session);
  await deps.runs.insert(plan.runs, session);
  for (const receipt of plan.receipts) await deps.receipts.apply(receipt, session);
  for (const refusal of plan.addressRefusals) await deps.receipts.refuseAddress(refusal, session);
  await deps.events.tell(plan.told, session);
}

/** What became of a batch. */
export interface AppliedBatch {
  plan: Plan;
  /** Events that runs have to be told of, under the profile they are of now. */
  toTell: StoredEvent[];
  /** Events that are nothing to any run. */
  settled: StoredEvent[];
}
