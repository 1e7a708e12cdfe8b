import type { Collection, Db, Filter } from 'mongodb';
import { sha256Hex } from '#platform/hash.ts';
import { durably, isDuplicateKey } from '#platform/mongo-errors.ts';
import type { AudienceCounts } from './import-document.ts';

/** Hashes of an import that nobody went on with are gone after this. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const MARK = '\u0001';
const DIGITS = '0123456789abcdef';
/** What is staged: a hash of the file; of a customer's id, who comes into the list or out of it. */
const LETTERS = { hash: 'h', added: 'a', removed: 'r' } as const;
type What = keyof typeof LETTERS;

interface StagedHash {
  /** `<import>␁<letter><64 hexadecimal digits>` */
  _id: string;
  /** Present where a customer has this e-mail. */
  isMatched?: true;
  expiresAt: Date;
}

/** What a file of hashes comes to; each is counted once, however often it was kept. */
type HashCounts = Pick<AudienceCounts, 'hashes' | 'matched' | 'added' | 'removed'>;

/** Hashes of e-mails that a file names, while customers are looked through for them. */
export interface HashStore {
  /** Keeps hashes; one that is known already stays as it was. */
  insert(importId: string, hashes: readonly string[], now: number): Promise<void>;
  /** Keeps who is to be told in or out, to be counted once whatever is done again. */
  note(
    importId: string,
    change: 'added' | 'removed',
    profileIds: readonly string[],
    now: number,
  ): Promise<void>;
  /** Those of these that the file names, remembered as found. */
  match(importId: string, hashes: readonly string[]): Promise<Set<string>>;
  /** `alive` is called between parts of the counting, each of a second or so for many millions. */
  count(importId: string, alive: () => Promise<void>): Promise<HashCounts>;
  remove(importId: string): Promise<void>;
}

export function createHashStore(db: Db): HashStore {
  const staged = db.collection<StagedHash>('importHashes');
  const keep = (keys: readonly string[], now: number): Promise<void> =>
    durably(async () => {
      if (keys.length === 0) return;
      const expiresAt = new Date(now + KEPT_MS);
      try {
        // Durable before the place in the file moves on: a hash that a crash of the database took
        // with it would remove a member where the list is replaced.
        await staged.insertMany(
          keys.map((_id) => ({ _id, expiresAt })),
          { ordered: false },
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    });
  return {
    insert: (importId, hashes, now) =>
      keep(
        hashes.map((hash) => keyOf(importId, 'hash', hash)),
        now,
      ),
    note: (importId, change, profileIds, now) =>
      keep(
        profileIds.map((id) => keyOf(importId, change, sha256Hex(id))),
        now,
      ),
    match: (importId, hashes) =>
      durably(async () => {
        if (hashes.length === 0) return new Set();
        const named = { _id: { $in: hashes.map((hash) => keyOf(importId, 'hash', hash)) } };
        const found = await staged.find(named, { readConcern: { level: 'local' } }).toArray();
        const fresh = found.filter(({ isMatched }) => isMatched !== true).map(({ _id }) => _id);
        if (fresh.length > 0) {
          const mark = { $set: { isMatched: true } } as const;
          await staged.updateMany({ _id: { $in: fresh } }, mark);
        }
        const prefix = keyOf(importId, 'hash', '');
        return new Set(found.map(({ _id }) => _id.slice(prefix.length)));
      }),
    count: (importId, alive) => countStaged(staged, importId, alive),
    remove: (importId) =>
      durably(async () => {
        const from = importId + MARK;
        await staged.deleteMany({ _id: { $gte: from, $lt: `${from}z` } });
      }),
  };
}

function keyOf(importId: string, what: What, hash: string): string {
  return importId + MARK + LETTERS[what] + hash;
}

/** In sixteen parts, so that signs of life can be given between them. */
async function countStaged(
  staged: Collection<StagedHash>,
  importId: string,
  alive: () => Promise<void>,
): Promise<HashCounts> {
  const counts = { hashes: 0, matched: 0, added: 0, removed: 0 };
  for (const digit of DIGITS) {
    await alive();
    const within = (what: What): Filter<StagedHash> => {
      const from = keyOf(importId, what, digit);
      return { _id: { $gte: from, $lt: `${from}g` } };
    };
    const counted = await durably(() =>
      Promise.all([
        staged.countDocuments(within('hash')),
        staged.countDocuments({ ...within('hash'), isMatched: true }),
        staged.countDocuments(within('added')),
        staged.countDocuments(within('removed')),
      ]),
    );
    counts.hashes += counted[0];
    counts.matched += counted[1];
    counts.added += counted[2];
    counts.removed += counted[3];
  }
  return counts;
}
