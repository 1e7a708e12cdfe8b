import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { nameWords } from '#domain/profile/name-words.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { errorCode, type Logger } from '#platform/logger.ts';

/** Profiles looked at in one go; with the pause after each, five thousand a second at most. */
const PAGE_SIZE = 1_000;
const PAUSE_MS = 200;

/** A database that is away is back within seconds, and nothing of this is urgent. */
const AGAIN_AFTER_MS = 60_000;

/** How far the profiles were looked through, beside what else is done once in their life. */
interface Progress {
  _id: 'names';
  after: string;
  done: boolean;
}

export interface BackfillNamesDeps {
  db: Db;
  logger: Logger;
  pageSize?: number;
}

/**
 * Gives profiles of earlier versions the words they are found by, which every write gives them from
 * now on. They are walked once, by `_id` and slowly; how far is kept, so that a restart goes on
 * there. Resolves when all is done or `signal` is aborted; never rejects.
 */
export function createBackfillNames(
  deps: BackfillNamesDeps,
): (signal: AbortSignal) => Promise<void> {
  return async function backfillNames(signal) {
    while (!signal.aborted) {
      const isOver = await backfillPage(deps).catch((error: unknown) => {
        if (!signal.aborted) deps.logger.warn({ code: errorCode(error) }, 'backfill put off');
        return null;
      });
      if (isOver === true) return;
      const pauseMs = isOver === null ? AGAIN_AFTER_MS : PAUSE_MS;
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
}

type Unnamed = Pick<Profile, '_id' | 'attributes' | 'mergedInto' | 'revision' | 'names'>;

async function backfillPage({ db, pageSize = PAGE_SIZE }: BackfillNamesDeps): Promise<boolean> {
  const profiles = db.collection<Profile>('profiles');
  const progress = db.collection<Progress>('backfills');
  const { after = '', done = false } = (await progress.findOne({ _id: 'names' })) ?? {};
  if (done) return true;
  const page = await profiles
    .find({ _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(pageSize)
    .project<Unnamed>({ attributes: 1, mergedInto: 1, revision: 1, names: 1 })
    .toArray();
  const named = page.flatMap(({ _id, attributes, mergedInto, revision, names }) => {
    const words = names === undefined && mergedInto === null ? nameWords(attributes) : [];
    // Whoever wrote a profile meanwhile gave it its words.
    const filter = { _id, revision };
    return words.length === 0
      ? []
      : [{ updateOne: { filter, update: { $set: { names: words } } } }];
  });
  if (named.length > 0) await profiles.bulkWrite(named, { ordered: false });
  const isOver = page.length < pageSize;
  await progress.updateOne(
    { _id: 'names' },
    { $set: { after: page.at(-1)?._id ?? after, done: isOver } },
    { upsert: true },
  );
  return isOver;
}
