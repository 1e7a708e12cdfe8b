import { foldBatch } from '#domain/apply/fold-batch.ts';
import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { FoldInput, FoldSettings, Plan } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Condition } from '#domain/condition/condition.ts';
import { reads } from '#domain/condition/reads.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { longestMs } from '#domain/time/duration.ts';
import { orderIdOf } from '#domain/profile/orders.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { EventStore } from '#events/event-store.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { ReceiptStore } from '#messages/receipt-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Session } from '#platform/transaction.ts';
import type { ProfileStore } from '#profiles/profile-store.ts';

export interface ApplyDeps {
  events: EventStore;
  profiles: ProfileStore;
  runs: RunStore;
  versions: JourneyVersions;
  receipts: ReceiptStore;
  /** Runs its work in one transaction. */
  transact<T>(work: (session: Session) => Promise<T>): Promise<T>;
  clock: Clock;
  settings: FoldSettings;
}

/** Applies accepted events: reads what they need, folds them purely, writes all or nothing. */
export async function applyBatch(
  deps: ApplyDeps,
  accepted: readonly StoredEvent[],
): Promise<{ applied: StoredEvent[]; plan: Plan } | null> {
  const profiles = await readProfiles(deps, accepted);
  const events = await atHome(deps, untilMerge(accepted), profiles);
  if (events.length === 0) return null;
  const journeys = await deps.versions.live();
  const input = await readInput(deps, events, profiles, journeys);
  const plan = foldBatch(input);
  await commitPlan(deps, plan);
  const moved = new Map(plan.merges.map(({ merged, kept }) => [merged, kept]));
  const applied = events.map((event) => ({
    ...event,
    profileId: moved.get(event.profileId) ?? event.profileId,
  }));
  return { applied, plan };
}

/** Writes a plan in one transaction; fails with Fenced when anything was changed meanwhile. */
export async function commitPlan(deps: ApplyDeps, plan: Plan): Promise<void> {
  await deps.transact(async (session) => {
    if (plan.applied.length > 0) await deps.events.markApplied(plan.applied, session);
    await deps.profiles.save(plan.profiles, session);
    await deps.profiles.saveOrders(plan.orders, session);
    for (const merge of plan.merges) await deps.profiles.merge(merge, session);
    await deps.runs.insert(plan.runs, session);
    for (const receipt of plan.receipts) await deps.receipts.apply(receipt, session);
  });
}

/**
 * Events of people who are merged in this batch wait for the next one, in which everything of the
 * merged profile has moved already.
 */
function untilMerge(events: readonly StoredEvent[]): StoredEvent[] {
  const merged = new Set<string>();
  return events.filter((event) => {
    const people = [event.profileId, ...(event.merges ?? [])];
    const waits = people.some((id) => merged.has(id));
    if (waits || people.length > 1) for (const id of people) merged.add(id);
    return !waits;
  });
}

async function readProfiles(
  deps: ApplyDeps,
  events: readonly StoredEvent[],
): Promise<Map<string, Profile>> {
  const ids = new Set(events.flatMap((event) => [event.profileId, ...(event.merges ?? [])]));
  const profiles = await deps.profiles.byIds([...ids]);
  // A merge names profiles that may themselves have been merged since.
  for (const profile of [...profiles.values()]) {
    if (profile.mergedInto === null || profiles.has(profile.mergedInto)) continue;
    const kept = await deps.profiles.follow(profile.mergedInto);
    if (kept !== null) profiles.set(kept._id, kept);
  }
  return profiles;
}

/** Events of a profile that was merged away go to the owner of the kept one. */
async function atHome(
  deps: ApplyDeps,
  events: readonly StoredEvent[],
  profiles: ReadonlyMap<string, Profile>,
): Promise<StoredEvent[]> {
  const home: StoredEvent[] = [];
  const away = new Map<string, string>();
  for (const event of events) {
    const mergedInto = profiles.get(event.profileId)?.mergedInto ?? null;
    if (mergedInto === null) home.push(event);
    else away.set(event.profileId, mergedInto);
  }
  for (const [from, profileId] of away) {
    await deps.events.rehome(from, { profileId, partition: partitionOf(profileId) });
  }
  return home;
}

async function readInput(
  deps: ApplyDeps,
  events: readonly StoredEvent[],
  profiles: ReadonlyMap<string, Profile>,
  journeys: readonly LiveJourney[],
): Promise<FoldInput> {
  const people = [
    ...new Set(events.flatMap((event) => [event.profileId, ...(event.merges ?? [])])),
  ];
  const orderIds = events.flatMap((event) => {
    const orderId = orderIdOf(event);
    return orderId === null ? [] : [`${event.profileId}|${orderId}`];
  });
  const names = new Set(events.map((event) => event.name));
  const entered = journeys.filter((journey) => isEntered(journey, names));
  const merging = events.filter((event) => event.merges !== undefined);
  const [byId, ofMerging, pastEvents, priorRuns] = await Promise.all([
    deps.profiles.ordersByIds(orderIds),
    deps.profiles.ordersOf(merging.flatMap((event) => [event.profileId, ...(event.merges ?? [])])),
    deps.events.past(people, eventsAsked(journeys, events, deps.clock())),
    deps.runs.prior(
      people,
      entered.map((journey) => journey.key),
    ),
  ]);
  const { settings, clock } = deps;
  const orders = new Map([...byId, ...ofMerging]);
  return { events, profiles, orders, pastEvents, priorRuns, journeys, settings, now: clock() };
}

/** Journeys that somebody may enter in this batch; watched ones may be entered by any event. */
function isEntered({ definition: { entry } }: LiveJourney, names: ReadonlySet<string>): boolean {
  if ('event' in entry) return names.has(entry.event);
  return true;
}

/**
 * Which past events conditions and exits may look back at: by name, from which instant on (epoch
 * ms; 0: all). `batch` are the events at hand; null where only watched journeys are looked at.
 */
export function eventsAsked(
  journeys: readonly LiveJourney[],
  batch: readonly StoredEvent[] | null,
  now: number,
): Map<string, number> {
  const oldest = (batch ?? []).reduce((at, event) => Math.min(at, event.occurredAt), now);
  const names = new Set((batch ?? []).map((event) => event.name));
  const asked = new Map<string, number>();
  for (const { definition } of journeys) {
    for (const [name, since] of lookBack(definition, names, oldest)) {
      asked.set(name, Math.min(asked.get(name) ?? since, since));
    }
  }
  return asked;
}

function lookBack(
  { entry, exits = [] }: Journey,
  names: ReadonlySet<string>,
  oldest: number,
): [name: string, since: number][] {
  // A window is looked at from the oldest event of the batch on, as well as from now.
  const asksOf = (condition: Condition | undefined): [string, number][] =>
    (condition === undefined ? [] : reads(condition).events).map(({ name, since }) => [
      name,
      since === null ? 0 : oldest - longestMs(since),
    ]);
  if ('becomes' in entry) return asksOf(entry.becomes);
  if (!('event' in entry) || !names.has(entry.event)) return [];
  return [...asksOf(entry.when), ...exits.map((exit): [string, number] => [exit.event, oldest])];
}
