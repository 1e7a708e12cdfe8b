import { foldBatch } from '#domain/apply/fold-batch.ts';
import { membershipFilled, wasThere } from '#domain/apply/keep-membership.ts';
import type { FoldInput, FoldSettings } from '#domain/apply/plan.ts';
import { Work } from '#domain/apply/work.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import type { History, Standing } from './history.ts';

/** By whose light a history is gone through again. */
export interface Light {
  segments: SegmentCatalogue;
  settings: FoldSettings;
  /** Epoch ms. */
  now: number;
}

/**
 * Goes through a history again with the very fold that applied it, each event by the clock it was
 * folded by. Answers the profile of this id with its orders; null where nothing is known of it.
 */
export function replayHistory(history: History, profileId: string, light: Light): Standing | null {
  const profiles = new Map<string, Profile>();
  const orders = new Map<string, Order>();
  for (const checkpoint of history.checkpoints.values()) {
    for (const order of checkpoint.orders) orders.set(order._id, order);
  }
  for (const caughtUp of beginnings(history, light)) profiles.set(caughtUp._id, caughtUp);
  for (const batch of batchesOf(history.events)) {
    const { appliedAt: now = light.now } = batch[0] ?? {};
    const plan = foldBatch({ ...bare(history, light, profiles), events: batch, orders, now });
    for (const { profile } of plan.profiles) profiles.set(profile._id, profile);
    const merged = new Set(plan.merges.map((merge) => merge.merged));
    for (const [id, order] of orders) if (merged.has(order.profileId)) orders.delete(id);
    for (const order of plan.orders) orders.set(order._id, order);
  }
  const profile = profiles.get(profileId);
  if (profile === undefined) return null;
  return { profile, orders: [...orders.values()].filter((one) => one.profileId === profileId) };
}

/** Where each profile begins, with what segments defined since its checkpoint count of before. */
function beginnings(history: History, light: Light): Profile[] {
  const stored = [...history.checkpoints.values()].map(({ profile, takenAt }) => {
    const newer = light.segments.segments.filter((one) => !wasThere(one, takenAt));
    const keys = new Set(newer.map(({ key }) => key));
    return { ...profile, segments: (profile.segments ?? []).filter(({ key }) => !keys.has(key)) };
  });
  const known = new Map(stored.map((profile) => [profile._id, profile]));
  const work = new Work({ ...bare(history, light, known), now: light.now });
  return stored.map((profile) => membershipFilled(work, profile));
}

/** No journeys: what runs became of a history is not gone through again. */
function bare(
  { past: pastEvents }: History,
  { segments, settings, now }: Light,
  profiles: ReadonlyMap<string, Profile>,
): FoldInput {
  const none = { events: [], orders: new Map(), priorRuns: [], journeys: [] };
  return { ...none, profiles, pastEvents, segments, settings, now };
}

/** Events folded by the same clock were folded together, as far as one profile can tell. */
function batchesOf(events: readonly StoredEvent[]): StoredEvent[][] {
  const batches: StoredEvent[][] = [];
  for (const event of events) {
    // What undid a merge begins a checkpoint; one that was refused changed nothing.
    if (event.undoes !== undefined) continue;
    const last = batches.at(-1);
    if (last?.[0]?.appliedAt === event.appliedAt) last?.push(event);
    else batches.push([event]);
  }
  return batches;
}
