import { checkpointOf, judgeProfile } from '#domain/reconcile/judge-profile.ts';
import { replayHistory } from '#domain/reconcile/replay-history.ts';
import { Family } from '#reconciles/family-store.ts';
import type { MergingWorld, Past } from './merging-world.ts';

/**
 * Each living profile held against what its events say since the last checkpoints, as paths; with
 * `isKept` what they say is the next checkpoint.
 */
export function reconcileWorld(world: MergingWorld, isKept: boolean): Record<string, string[]> {
  const past = world.goThrough();
  const { light } = past;
  const found: Record<string, string[]> = {};
  for (const profile of world.profiles.values()) {
    if (profile.mergedInto !== null) continue;
    const family = familyOf(world, past, profile._id);
    const history = {
      checkpoints: family.checkpoints(),
      events: past.events.flatMap((event) => {
        const place = event.profileId === profile._id ? family.placeOf(event) : null;
        return place === null || place.isHeld ? [] : [family.asFolded(event, place.owner)];
      }),
      past: new Map(),
    };
    const replayed = replayHistory(history, profile._id, light);
    const orders = [...world.orders.values()].filter((one) => one.profileId === profile._id);
    const evidence = { replayed, unprovable: new Set<string>(), isFilled: true };
    const judgement = judgeProfile({ profile, orders }, evidence, light);
    found[profile._id] = replayed === null ? ['nothing is known'] : judgement.paths;
    const at = light.now;
    if (isKept) world.checkpoints.set(profile._id, checkpointOf(judgement, { at, takenAt: at }));
  }
  return found;
}

function familyOf(world: MergingWorld, { merges, begunAt }: Past, id: string): Family {
  const family = new Family(id);
  const open = [id];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const checkpoint = world.checkpoints.get(one);
    family.add(one, { ...(checkpoint && { checkpoint }), createdAt: begunAt });
    for (const merge of merges) {
      if (merge.kept !== one || merge.at <= (checkpoint?.at ?? -1)) continue;
      family.addMerge(merge);
      open.push(merge.merged);
    }
  }
  return family;
}
