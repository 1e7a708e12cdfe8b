import type { Filter } from 'mongodb';
import type { Profile } from '#domain/profile/profile.ts';
import { isTimeOver } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Profiles looked at one by one for one answer. Of more, so many drawn at random tell the share to
 * within a percent; all of them would keep the asker waiting for minutes.
 */
export const LOOKED_MAX = 20_000;
/**
 * A draw from everybody that would leave fewer than this share of LOOKED_MAX of those that it is
 * about, is made from these alone: of a handful a share is told no better than to many percent.
 */
const LEAST_LEFT = 0.25;
/** What somebody in front of a screen waits for. */
const TIME_MAX_MS = 10_000;
/** No count walks through everybody for longer: customers' own calls wait for the same database. */
export const COUNT_WITHIN_MS = 5_000;
const PAGE = 500;

/** How many profiles an answer rests on. */
export interface Share {
  looked: number;
  /** Of how many that it is about. */
  of: number;
  /** In a sentence why not all were looked at; null: all were. */
  why: string | null;
}

/** What a look at profiles may cost; else COUNT_WITHIN_MS and LOOKED_MAX. */
export interface LookLimits {
  countWithinMs?: number | undefined;
  lookedMax?: number;
}

/**
 * Shows profiles that a filter finds to `visit`, page by page: all, or as many as the limits let.
 * Where counting them alone takes too long, some of everybody are shown: `visit` judges for itself.
 */
export async function lookAtProfiles(
  { profiles }: Pick<Collections, 'profiles'>,
  filter: Filter<Profile>,
  visit: (page: Profile[]) => Promise<void>,
  { countWithinMs = COUNT_WITHIN_MS, lookedMax = LOOKED_MAX }: LookLimits = {},
): Promise<Share> {
  const giveUpAt = performance.now() + TIME_MAX_MS;
  const counted = await withinTime(profiles.countDocuments(filter, { maxTimeMS: countWithinMs }));
  const all = await profiles.estimatedDocumentCount();
  const of = counted ?? all;
  const isSampled = of > lookedMax;
  const asked = counted === null ? {} : filter;
  const withinMs = of < LEAST_LEFT * all ? countWithinMs : null;
  const found = isSampled
    ? drawn(profiles, asked, { size: lookedMax, withinMs })
    : profiles.find(asked).batchSize(PAGE);
  let looked = 0;
  let page: Profile[] = [];
  let isLate = false;
  const show = async (): Promise<void> => {
    await visit(page);
    looked += page.length;
    page = [];
  };
  for await (const profile of found) {
    page.push(profile);
    if (page.length < PAGE) continue;
    await show();
    isLate = performance.now() > giveUpAt;
    if (isLate) break;
  }
  if (page.length > 0) await show();
  return { looked, of: Math.max(of, looked), why: whyNotAll({ isSampled, isLate, lookedMax }) };
}

interface Draw {
  size: number;
  /** Ms in which those that it is about may be gone through; null: they are not few among all. */
  withinMs: number | null;
}

/** Some of those that a filter finds, drawn at random. */
async function* drawn(
  profiles: Collections['profiles'],
  asked: Filter<Profile>,
  { size, withinMs }: Draw,
): AsyncGenerator<Profile> {
  const sample = { $sample: { size } };
  const options = { allowDiskUse: true };
  const ids =
    withinMs === null
      ? null
      : await withinTime(
          profiles
            // Their ids alone: going through whole profiles would take many times as long.
            .aggregate<{ _id: string }>([{ $match: asked }, { $project: { _id: 1 } }, sample], {
              ...options,
              maxTimeMS: withinMs,
            })
            .toArray(),
        );
  if (ids === null) {
    // Drawn first, which costs little however many there are; then those that it is about.
    yield* profiles.aggregate<Profile>([sample, { $match: asked }], options);
    return;
  }
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE).map(({ _id }) => _id);
    yield* profiles.find({ _id: { $in: page } }).batchSize(PAGE);
  }
}

/** Null where MongoDB gave up because the time was over. */
export async function withinTime<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isTimeOver(error)) return null;
    throw error;
  }
}

function whyNotAll({
  isSampled,
  isLate,
  lookedMax,
}: {
  isSampled: boolean;
  isLate: boolean;
  lookedMax: number;
}): string | null {
  if (isLate) {
    return `Looking at everybody would take longer than ${String(TIME_MAX_MS / 1_000)} seconds: the number is reckoned from those looked at.`;
  }
  if (!isSampled) return null;
  return `More than ${String(lookedMax)} customers would have to be looked at one by one: the number is reckoned from some drawn at random.`;
}

/** A number found among those looked at, reckoned up to all. */
export function ofAll(found: number, { looked, of, why }: Share): number {
  return why === null || looked === 0 ? found : Math.round((found / looked) * of);
}
