import { createHash, createHmac } from 'node:crypto';
import type { Request } from 'express';
import type { Collection, Db } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import type { Clock } from '#platform/clock.ts';
import type { linkSecrets } from '#platform/signed-link.ts';
import type { Once, RouteReply } from './route.ts';

/** A repeat within this time gets the first answer; clients give up long before. */
const KEPT_MS = 24 * 3_600_000;

/** A call whose process died frees its key after this; no call takes nearly as long. */
const PENDING_MS = 60_000;

/** Said of a key that stands for something else already. */
export const KEY_OF_ANOTHER = 'This Idempotency-Key was used for another request.';

/** Says of an answer that it is to a repeat. */
export const REPLAYED = { 'Idempotency-Replayed': 'true' } as const;

interface Remembered {
  /** Hash of operation and key: the key itself may be anything, even personal. */
  _id: string;
  /** Mark of the request, for one key is for one request. */
  request: string;
  reply: { status?: number; headers?: Record<string, string>; body: unknown } | null;
  pendingUntil: number;
  expiresAt: Date;
}

export function idempotencyCollection(db: Db): Collection<Remembered> {
  return db.collection<Remembered>('idempotency');
}

/** The TTL index that forgets old keys; safely repeatable. */
export async function ensureIdempotencyIndex(db: Db): Promise<void> {
  await idempotencyCollection(db).createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }, {});
}

/** Hash that stands for one client's key on one operation. */
export function idempotencyId(route: string, key: string): string {
  return createHash('sha256').update(`${route}|${key}`).digest('hex');
}

/**
 * Remembers answers to creating calls by `Idempotency-Key`: the key is reserved before the work, so
 * two at once cannot both do it; a failed call frees it; a repeat gets the first answer.
 */
export function createOnce(db: Db, clock: Clock, secrets: MarkSecrets): Once {
  const remembered = idempotencyCollection(db);
  return async (route, req, run) => {
    const key = req.get('idempotency-key');
    if (key === undefined) return run();
    const id = idempotencyId(route, key);
    const earlier = await reserve(remembered, id, markRequest(secrets, req), clock());
    if (earlier !== null) {
      return { ...earlier, headers: { ...earlier.headers, ...REPLAYED } };
    }
    try {
      const reply = await run();
      await remembered.updateOne({ _id: id }, { $set: { reply } });
      return reply;
    } catch (error) {
      await remembered.deleteOne({ _id: id, reply: null });
      throw error;
    }
  };
}

/** What stands for a request, by which a repeat is told from another one under the same key. */
export interface RequestMark {
  /** To be kept. */
  made: string;
  /** Whether a mark that was kept is of the same request. */
  fits(kept: string): boolean;
}

/** What signs links marks requests: marks of earlier secrets are known. */
type MarkSecrets = ReturnType<typeof linkSecrets>;

/**
 * The mark of a request. It is kept for long, and a request may hold a code of six digits: whoever
 * reads the store must not find it by trying all of them, so the mark is made with a secret.
 */
export function markRequest({ signing, known }: MarkSecrets, req: Request): RequestMark {
  const body: unknown = req.body;
  const mark = (secret: string): string =>
    createHmac('sha256', secret)
      .update(`kairos-request|${req.method} ${req.originalUrl}\n`)
      .update(Buffer.isBuffer(body) ? body : '')
      .digest('hex');
  return { made: mark(signing), fits: (kept) => known.some((secret) => mark(secret) === kept) };
}

/** Null when the key is ours now; the first answer when it was used before. */
async function reserve(
  remembered: Collection<Remembered>,
  id: string,
  request: RequestMark,
  now: number,
): Promise<RouteReply<unknown> | null> {
  const before = await remembered.findOneAndUpdate(
    { _id: id },
    {
      $setOnInsert: {
        request: request.made,
        reply: null,
        pendingUntil: now + PENDING_MS,
        expiresAt: new Date(now + KEPT_MS),
      },
    },
    { upsert: true, returnDocument: 'before' },
  );
  if (before === null) return null;
  if (!request.fits(before.request)) throw new DomainError('invalid', KEY_OF_ANOTHER);
  if (before.reply !== null) return before.reply;
  const taken = await remembered.updateOne(
    { _id: id, reply: null, pendingUntil: { $lt: now } },
    { $set: { pendingUntil: now + PENDING_MS } },
  );
  if (taken.modifiedCount === 1) return null;
  throw new DomainError(
    'conflict',
    'The first call with this Idempotency-Key is still under way.',
    {
      retryAfterS: 1,
    },
  );
}
