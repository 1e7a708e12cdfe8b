import { foldBatch } from '#domain/apply/fold-batch.ts';
import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { FoldInput } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { soldIn } from '#domain/product/best-sellers.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import { isErased, NOBODY } from '#domain/profile/erased-profile.ts';
import { DEVICE_ADDED } from '#domain/profile/passed-devices.ts';
import { orderIdOf } from '#domain/profile/orders.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { LOOK_BACK_BYTES_MAX } from '#platform/in-parts.ts';
import { applyUndo } from './apply-undo.ts';
import { pastAsked } from './events-asked.ts';
import { toldOf } from './note-webhooks.ts';
import { commitPlan, type AppliedBatch, type ApplyDeps } from './write-plan.ts';

/**
 * Events that runs are told of, and runs that begin, in one batch: an owner tells and starts them
 * before it goes on, some fifty a second, and what its other customers do waits meanwhile.
 */
export const TELLING_MAX = 300;

/** More runs would begin at once than an owner can start before it must go on: apply fewer events. */
export class TooManyRuns extends Error {
  override readonly name = 'TooManyRuns';
}

/** Applies accepted events: reads what they need, folds them purely, writes all or nothing. */
export async function applyBatch(
  deps: ApplyDeps,
  accepted: readonly StoredEvent[],
): Promise<AppliedBatch | null> {
  const [first] = accepted;
  if (first?.undoes !== undefined) return applyUndo(deps, first);
  const next = untilUndo(accepted);
  const profiles = await readProfiles(deps, next);
  const wanted = await ofPresent(deps, next, profiles);
  const home = await atHome(deps, untilMerge(wanted), profiles);
  // Asked after the profiles: what a publication writes into them later on fences this batch.
  const { live, listened } = await deps.versions.published();
  const events = untilTelling(home, listened);
  if (events.length === 0) return null;
  const [input, endpoints] = await Promise.all([
    readInput(deps, events, profiles, live),
    deps.webhooks.listening(),
  ]);
  const plan = foldBatch(input);
  if (plan.runs.length > TELLING_MAX && events.length > 1) throw new TooManyRuns();
  const refused = new Set(plan.refused.map(({ id }) => id));
  const settled = events.filter(
    (event) =>
      refused.has(event._id) ||
      (isNothingToRuns(event, listened) && !bringsDevice(event, profiles.get(event.profileId))),
  );
  const isSettled = new Set(settled.map(({ _id }) => _id));
  // What was refused has not happened: nobody is told of it.
  const happened = events.filter(({ _id }) => !refused.has(_id));
  await commitPlan(deps, plan, isSettled, toldOf(endpoints, happened));
  deps.onSold?.(soldIn(happened));
  const moved = new Map(plan.merges.map(({ merged, kept }) => [merged, kept]));
  const toTell = events
    .filter(({ _id }) => !isSettled.has(_id))
    .map((event) => ({ ...event, profileId: moved.get(event.profileId) ?? event.profileId }));
  return { plan, toTell, settled };
}

/**
 * Events of people who are there. Those of somebody erased came in while that was done, or were
 * told by an old id: they are deleted, with what an address may have been made to lead to.
 */
async function ofPresent(
  { events, profiles: store }: ApplyDeps,
  accepted: readonly StoredEvent[],
  profiles: ReadonlyMap<string, Profile>,
): Promise<readonly StoredEvent[]> {
  const isGone = (id: string): boolean => isErased(profiles.get(id));
  const gone = accepted.filter(({ profileId }) => isGone(profileId));
  if (gone.length > 0) {
    await store.forgetIdentities(gone.map(({ profileId }) => profileId));
    await events.drop(gone.map(({ _id }) => _id));
  }
  return accepted
    .filter(({ profileId }) => !isGone(profileId))
    .map((event) =>
      event.merges?.some(isGone) === true
        ? { ...event, merges: event.merges.filter((id) => !isGone(id)) }
        : event,
    );
}

/**
 * Whether no run has to be told of an event. A version published after this was asked has no run
 * yet that it could concern: it begins with a later event of the same person.
 */
function isNothingToRuns(event: Heard, listened: ReadonlySet<string>): boolean {
  const isMerge = event.merges !== undefined;
  return !isMerge && RECEIPT_EVENTS[event.name] === undefined && !listened.has(event.name);
}

/**
 * Whether somebody else may have had an event's device until now: then it is told like one that
 * concerns runs, and with that leaves them (activities/router/pass-devices.ts). A customer's own
 * phone, which many of their events name, costs nothing.
 */
function bringsDevice({ name, deviceToken }: StoredEvent, profile: Profile | undefined): boolean {
  if (deviceToken === undefined) return false;
  if (name === DEVICE_ADDED) return true;
  return profile?.devices.some(({ token }) => token === deviceToken) !== true;
}

/** What undoes a merge is applied by itself: all before it must stand by then. */
function untilUndo(events: readonly StoredEvent[]): readonly StoredEvent[] {
  const undo = events.findIndex(({ undoes }) => undoes !== undefined);
  return undo === -1 ? events : events.slice(0, undo);
}

/** What of an event says whether runs are told of it. */
type Heard = Pick<StoredEvent, 'name' | 'merges'>;

/** The first of them, of which no more than so many are told to runs. */
export function untilTelling<E extends Heard>(
  events: readonly E[],
  listened: ReadonlySet<string>,
): readonly E[] {
  let telling = 0;
  const end = events.findIndex((event) => {
    if (!isNothingToRuns(event, listened)) telling += 1;
    return telling > TELLING_MAX;
  });
  return end === -1 ? events : events.slice(0, end);
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
  // A merge names profiles that may themselves have been merged since, more than once: what is
  // added here is looked at in turn.
  for (const { mergedInto } of profiles.values()) {
    if (mergedInto === null || mergedInto === NOBODY || profiles.has(mergedInto)) continue;
    for (const [id, next] of await deps.profiles.byIds([mergedInto])) profiles.set(id, next);
  }
  return profiles;
}

function homeOf(profiles: ReadonlyMap<string, Profile>, id: string): string {
  const into = profiles.get(id)?.mergedInto ?? null;
  return into === null ? id : homeOf(profiles, into);
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
  const parted = home.filter((event) => isDoubtful(event, profiles.get(event.profileId)));
  if (parted.length === 0) return home;
  const gone = await deps.profiles.sendHome(
    parted,
    parted.map(({ profileId }) => profileId),
  );
  return home.filter(({ _id }) => !gone.has(_id));
}

/**
 * How long, in ms, after a merge was undone events still come in by the word of before: three times
 * what the API believes of an identity (profiles/owner-cache.ts).
 */
const OLD_WORD_MS = 30_000;

function isDoubtful({ receivedAt }: StoredEvent, profile: Profile | undefined): boolean {
  return receivedAt < (profile?.partedAt ?? -Infinity) + OLD_WORD_MS;
}

async function readInput(
  deps: ApplyDeps,
  events: readonly StoredEvent[],
  profiles: ReadonlyMap<string, Profile>,
  journeys: readonly LiveJourney[],
): Promise<FoldInput> {
  const segments = await deps.segments.catalogue();
  const merging = events.filter((event) => event.merges !== undefined);
  const joined = merging.flatMap(({ profileId, merges = [] }) =>
    [profileId, ...merges].map((id) => homeOf(profiles, id)),
  );
  const people = [...new Set([...events.map(({ profileId }) => profileId), ...joined])];
  const orderIds = events.flatMap((event) => {
    const orderId = orderIdOf(event);
    return orderId === null ? [] : [`${event.profileId}|${orderId}`];
  });
  const names = new Set(events.map((event) => event.name));
  const entered = journeys.filter((journey) => isEntered(journey, names));
  const [byId, ofMerging, pastEvents, priorRuns] = await Promise.all([
    deps.profiles.ordersByIds(orderIds),
    deps.profiles.ordersOf(joined),
    deps.events.past(
      people,
      pastAsked({ journeys, segments, profiles: profiles.values() }, events, deps.clock()),
      // One event is applied whatever its customers did before; of more, fewer can be.
      events.length > 1 ? LOOK_BACK_BYTES_MAX : Infinity,
    ),
    deps.runs.prior(
      people,
      // Which of two runs goes on is asked of every journey.
      (merging.length > 0 ? journeys : entered).map((journey) => journey.key),
    ),
  ]);
  const { settings, clock } = deps;
  const orders = new Map([...byId, ...ofMerging]);
  const read = { events, profiles, orders, pastEvents, priorRuns, journeys, segments };
  return { ...read, settings, now: clock() };
}

/** Journeys that somebody may enter in this batch; watched ones may be entered by any event. */
function isEntered({ definition: { entry } }: LiveJourney, names: ReadonlySet<string>): boolean {
  if ('event' in entry) return names.has(entry.event);
  if ('segment' in entry) {
    return names.has('enters' in entry.segment ? SEGMENT_ENTERED : SEGMENT_LEFT);
  }
  return true;
}
