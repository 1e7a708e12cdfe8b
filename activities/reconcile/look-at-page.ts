import type { FoldSettings } from '#domain/apply/plan.ts';
import type { Profile } from '#domain/profile/profile.ts';
import {
  checkpointOf,
  judgeProfile,
  unprovableAsks,
  type Judgement,
} from '#domain/reconcile/judge-profile.ts';
import { replayHistory, type Light } from '#domain/reconcile/replay-history.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredCheckpoint } from '#platform/documents.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import { isOurFault } from '#platform/mongo-errors.ts';
import type { EventRetention } from '#platform/retention.ts';
import type { HistoryStore, Instant, ReadHistory } from '#reconciles/history-store.ts';
import type { ReconcileStore } from '#reconciles/reconcile-store.ts';
import type { LiveSegments } from '#segments/live-segments.ts';

export interface LookDeps {
  histories: HistoryStore;
  reconciles: ReconcileStore;
  segments: LiveSegments;
  retention: Pick<EventRetention, 'keptOf' | 'shortest'>;
  settings: FoldSettings;
  clock: Clock;
  logger: Logger;
}

/** What is due is waited for so long, in ms: the product's own promise of a flip in time. */
const FLIP_LATE_MS = MINUTE_MS;

/** Beyond the look that follows a filling, in ms. */
const FILLED_FOR_MS = MINUTE_MS;

/** What a look at one profile came to. */
export type Look =
  | { kind: 'judged'; id: string; judgement: Judgement; isProven: boolean; kept: Kept }
  /** Something is due for it this very moment: look again. */
  | { kind: 'unsettled'; id: string }
  /** It was merged into another, or erased, since somebody asked. */
  | { kind: 'gone'; id: string }
  /** A fault of ours is in the way. */
  | { kind: 'failed'; id: string };

/** What the next look may go on from. */
interface Kept {
  /** Null: something waits for it for long, or its segments are being filled. */
  checkpoint: StoredCheckpoint | null;
  /** Profiles that are part of it now. */
  merged: readonly string[];
}

/** Looks at some profiles as they stand at one instant, and reckons each from its events. */
export async function lookAtPage(deps: LookDeps, ids: readonly string[]): Promise<Look[]> {
  const segments = await deps.segments.catalogue();
  const isFilled = await deps.reconciles.isFilledSince(deps.clock() - FILLED_FOR_MS);
  return deps.histories.atOneInstant(async (instant) => {
    const found = await instant.profiles(ids);
    // Read after the first read: what was due before is either done in it, or seen to be due.
    const light = { segments, settings: deps.settings, now: deps.clock() };
    const waiting = await instant.waiting(found, light.now);
    const profiles = new Map(found.map((profile) => [profile._id, profile]));
    const looks: Look[] = [];
    for (const id of ids) {
      const profile = profiles.get(id);
      const isWaiting = waiting.has(id);
      looks.push(await lookAt(deps, instant, { id, profile, isWaiting, isFilled, light }));
    }
    return looks;
  });
}

interface Asked {
  id: string;
  profile: Profile | undefined;
  isWaiting: boolean;
  isFilled: boolean;
  light: Light;
}

async function lookAt(deps: LookDeps, instant: Instant, asked: Asked): Promise<Look> {
  const { id, profile, light } = asked;
  if (profile?.mergedInto !== null || profile.erasedAt !== null) return { kind: 'gone', id };
  if (isUnsettled(profile, light)) return { kind: 'unsettled', id };
  try {
    return await judge(deps, instant, { ...asked, profile });
  } catch (error) {
    if (!isOurFault(error)) throw error;
    deps.logger.error({ profileId: id, fault: errorCode(error) }, 'profile not reconciled');
    return { kind: 'failed', id };
  }
}

function isUnsettled({ nextWatchAt, segmentState }: Profile, { segments, now }: Light): boolean {
  const isDue = nextWatchAt !== null && nextWatchAt <= now && nextWatchAt > now - FLIP_LATE_MS;
  return isDue || (segmentState?.generation ?? 0) > segments.generation;
}

async function judge(
  { retention }: LookDeps,
  instant: Instant,
  { profile, isWaiting, isFilled, light }: Asked & { profile: Profile },
): Promise<Look> {
  const read = await instant.history(profile, {
    now: light.now,
    shortest: retention.shortest,
    missing: (generation) => light.segments.missing(generation, light.now),
  });
  const replayed = read.history && replayHistory(read.history, profile._id, light);
  const unprovable = unprovableAsks(light.segments, {
    generation: read.generation,
    keptMs: retention.keptOf,
  });
  const standing = { profile, orders: read.orders };
  const judgement = judgeProfile(standing, { replayed, unprovable, isFilled }, light);
  const isSettled = !isWaiting && judgement.hasLookedAtSegments;
  return {
    kind: 'judged',
    id: profile._id,
    judgement,
    isProven: replayed !== null,
    kept: keptOf(judgement, read, { takenAt: light.now, isSettled }),
  };
}

function keptOf(
  judgement: Judgement,
  { at, merged }: ReadHistory,
  { takenAt, isSettled }: { takenAt: number; isSettled: boolean },
): Kept {
  if (!isSettled) return { checkpoint: null, merged: [] };
  const _id = judgement.truth.profile._id;
  return { checkpoint: { _id, ...checkpointOf(judgement, { at, takenAt }) }, merged };
}
