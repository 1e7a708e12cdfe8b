import {
  givePlacesBack,
  PACE_UNUSED,
  takePlaces,
  type PaceAnswer,
  type PaceAsk,
  type PaceRules,
  type PaceUse,
  type Place,
} from '#domain/message/pace/pace.ts';
import type { StoredPace } from '#platform/gate-documents.ts';
import type { Clock } from '#platform/clock.ts';
import { gather } from '#platform/gather.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

const ID = 'mail';

/** How often a slice that met another is tried again: each time somebody else's went through. */
const TRIES_MAX = 100;

/** Who hands out the places of mails, over all workers. */
export interface PaceStore {
  /** The place is counted, durably, before the answer: what is killed then has counted for nothing. */
  take(ask: PaceAsk): Promise<PaceAnswer>;
  /** No call was made for it. */
  giveBack(place: Place): Promise<void>;
}

type Work = { take: PaceAsk } | { back: Place };

interface Known extends PaceUse {
  /** 0: nothing was ever counted. */
  revision: number;
}

/**
 * Asks of one moment are one slice and one write, by compare-and-set on the one document that holds
 * what was counted: of any number of writers nobody counts on what another has taken.
 */
export function createPaceStore(
  { paces }: Pick<Collections, 'paces'>,
  { rules, clock }: { rules: () => Promise<PaceRules>; clock: Clock },
): PaceStore {
  // As this worker wrote it last: alone, it need not read it again.
  let known: Known | null = null;
  const perform = gather(async (works: readonly Work[]): Promise<(PaceAnswer | null)[]> => {
    const inForce = await rules();
    for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
      const before: Known = known ?? (await readKnown(paces));
      const { use, answers } = workOff(inForce, before, { works, now: clock() });
      const after = { ...use, revision: before.revision + 1 };
      const isWritten = await write(paces, after);
      known = isWritten ? after : null;
      if (isWritten) return answers;
    }
    throw new Error('places could not be counted: too many writers');
  });
  return {
    async take(ask) {
      const answer = await perform({ take: ask });
      if (answer === null) throw new Error('a mail that asked for a place was not answered');
      return answer;
    },
    async giveBack(place) {
      await perform({ back: place });
    },
  };
}

/** What was counted so far, for people to read. */
export async function readPace({ paces }: Pick<Collections, 'paces'>): Promise<PaceUse> {
  return readKnown(paces);
}

/** What comes back is free for those of the same slice. */
function workOff(
  rules: PaceRules,
  before: PaceUse,
  { works, now }: { works: readonly Work[]; now: number },
): { use: PaceUse; answers: (PaceAnswer | null)[] } {
  const places = works.flatMap((work) => ('back' in work ? [work.back] : []));
  const asks = works.flatMap((work) => ('take' in work ? [work.take] : []));
  const { use, answers } = takePlaces(rules, givePlacesBack(before, places), asks, now);
  const inOrder = answers.values();
  return {
    use,
    answers: works.map((work) => ('take' in work ? (inOrder.next().value ?? null) : null)),
  };
}

async function readKnown(paces: Collections['paces']): Promise<Known> {
  // Whatever was written last, for a write goes by its revision: one that is lost was never counted on.
  const stored = await paces.findOne({ _id: ID }, { readConcern: { level: 'local' } });
  if (stored === null) return { ...PACE_UNUSED, revision: 0 };
  const { revision, lines, warmUps } = stored;
  return {
    revision,
    lines: new Map(lines.map(({ name, ...use }) => [name, use])),
    warmUps: new Map(warmUps.map(({ provider, ...use }) => [provider, use])),
  };
}

/** False: another writer was faster. */
async function write(paces: Collections['paces'], { revision, ...use }: Known): Promise<boolean> {
  const stored: Omit<StoredPace, '_id'> = {
    revision,
    lines: [...use.lines].map(([name, one]) => ({ name, ...one })),
    warmUps: [...use.warmUps].map(([provider, one]) => ({ provider, ...one })),
  };
  if (revision === 1) return insert(paces, { _id: ID, ...stored });
  const { matchedCount } = await paces.replaceOne({ _id: ID, revision: revision - 1 }, stored);
  return matchedCount === 1;
}

async function insert(paces: Collections['paces'], stored: StoredPace): Promise<boolean> {
  try {
    await paces.insertOne(stored);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
