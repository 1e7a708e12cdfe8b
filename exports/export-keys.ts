import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Db } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import type { ExportFormat } from '#domain/export/export.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Clock } from '#platform/clock.ts';

/** A key that opens one export in one format and nothing else. Instants are epoch ms. */
export interface StoredExportKey {
  /** The part of the key that names it. */
  _id: string;
  name: string;
  /** SHA-256, hex, of the whole key: the key itself is kept nowhere. */
  hash: string;
  /** `segments/vip`, `orders`: the rest of the export's address. */
  export: string;
  format: ExportFormat;
  createdAt: number;
  expiresAt: number | null;
  /** To the minute; null: never. */
  usedAt: number | null;
}

/** Keys there may be: a dashboard takes one, and a forgotten key is a risk. */
const KEYS_MAX = 200;
/** How exactly the last use is kept: a dashboard that asks every second need not write as often. */
const USED_EXACT_MS = 60_000;
const ID_BYTES = 8;
/** 256 bits: nobody finds one by trying. */
const SECRET_BYTES = 32;
const KEY = /^exp_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

export type NewExportKey = Pick<StoredExportKey, 'name' | 'export' | 'format' | 'expiresAt'>;

export interface ExportKeys {
  /** The key is answered here and never again. @throws DomainError `conflict`: too many. */
  create(asked: NewExportKey): Promise<{ key: string; stored: StoredExportKey }>;
  list(request: PageRequest): Promise<Page<StoredExportKey>>;
  /** False where there was none. */
  revoke(id: string): Promise<boolean>;
  /**
   * What a key opens.
   * @throws DomainError `unauthenticated` for one that is unknown, revoked or has run out
   */
  read(key: string): Promise<Pick<StoredExportKey, 'export' | 'format'>>;
}

export function createExportKeys(db: Db, clock: Clock): ExportKeys {
  const keys = db.collection<StoredExportKey>('exportKeys');
  return {
    async create(asked) {
      if ((await keys.countDocuments()) >= KEYS_MAX) {
        const detail = `There are ${String(KEYS_MAX)} export keys already. Revoke those that nobody uses.`;
        throw new DomainError('conflict', detail);
      }
      const id = randomBytes(ID_BYTES).toString('hex');
      const key = `exp_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      const stored: StoredExportKey = {
        _id: id,
        ...asked,
        hash: hashOf(key).toString('hex'),
        createdAt: clock(),
        usedAt: null,
      };
      await keys.insertOne(stored);
      return { key, stored };
    },
    async list({ limit, after }) {
      const read = await keys
        .find(after === null ? {} : { _id: { $gt: after.id } })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
    },
    revoke: async (id) => (await keys.deleteOne({ _id: id })).deletedCount === 1,
    async read(key) {
      const id = KEY.exec(key)?.[1];
      const known = id === undefined ? null : await keys.findOne({ _id: id });
      const now = clock();
      if (known === null || !isSame(key, known.hash) || (known.expiresAt ?? Infinity) <= now) {
        throw new DomainError(
          'unauthenticated',
          'The key in the address is not known, was revoked, or has run out.',
        );
      }
      if (now - (known.usedAt ?? 0) >= USED_EXACT_MS) {
        await keys.updateOne({ _id: known._id }, { $set: { usedAt: now } });
      }
      return known;
    },
  };
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function isSame(key: string, hash: string): boolean {
  return timingSafeEqual(hashOf(key), Buffer.from(hash, 'hex'));
}
