import type { Filter } from 'mongodb';
import type { Profile } from '#domain/profile/profile.ts';
import { isTimeOver } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Profiles looked at one by one for one answer. Of more, so many drawn at random tell the share to
 * within a percent; all of them would keep the asker waiting for minutes.
 */
export const LOOKED_MAX = 20_000;
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

/**
 * Shows profiles that a filter finds to `visit`, page by page: all, or as many as the limits let.
 * Where counting them alone takes too long, some of everybody are shown: `visit` judges for itself.
 */
export async function lookAtProfiles(
  { profiles }: Pick<Collections, 'profiles'>,
  filter: Filter<Profile>,
  visit: (page: Profile[]) => Promise<void>,
  countWithinMs = COUNT_WITHIN_MS,
): Promise<Share> {
  const giveUpAt = performance.now() + TIME_MAX_MS;
  const counted = await withinTime(profiles.countDocuments(filter, { maxTimeMS: countWithinMs }));
  const of = counted ?? (await profiles.estimatedDocumentCount());
  const isSampled = of > LOOKED_MAX;
  const asked = counted === null ? {} : filter;
  const found = isSampled
    ? // Drawn first, which costs little however many there are; then those that it is about.
      profiles.aggregate<Profile>([{ $sample: { size: LOOKED_MAX } }, { $match: asked }], {
        allowDiskUse: true,
      })
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
  return { looked, of: Math.max(of, looked), why: whyNotAll({ isSampled, isLate }) };
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

function whyNotAll({ isSampled, isLate }: { isSampled: boolean; isLate: boolean }): string | null {
  if (isLate) {
    return `Looking at everybody would take longer than ${String(TIME_MAX_MS / 1_000)} seconds: the number is reckoned from those looked at.`;
  }
  if (!isSampled) return null;
  return `More than ${String(LOOKED_MAX)} customers would have to be looked at one by one: the number is reckoned from some drawn at random.`;
}

/** A number found among those looked at, reckoned up to all. */
export function ofAll(found: number, { looked, of, why }: Share): number {
  return why === null || looked === 0 ? found : Math.round((found / looked) * of);
}
