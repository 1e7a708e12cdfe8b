import { DomainError } from '#domain/errors.ts';

/** MongoDB's code for a unique index that was hit. */
const DUPLICATE_KEY = 11_000;

/** Seconds: an election of a new primary takes about ten, a restart less. */
const RETRY_AFTER_S = 5;

/** True when a write failed on unique keys and on nothing else; its text (it prints keys) stays here. */
export function isDuplicateKey(error: unknown): boolean {
  if (!isMongoError(error)) return false;
  const { code, writeErrors } = error as { code?: unknown; writeErrors?: unknown };
  const result = (error as { result?: { getWriteConcernError?: () => unknown } }).result;
  if (result?.getWriteConcernError?.() !== undefined) return false;
  if (Array.isArray(writeErrors) && writeErrors.length > 0) {
    return writeErrors.every((one: { code?: unknown }) => one.code === DUPLICATE_KEY);
  }
  return code === DUPLICATE_KEY;
}

/** MongoDB's codes for an index, or a whole collection, that is not there. */
const INDEX_MISSING = new Set<unknown>([26, 27]);

/** Whether an index could not be dropped because there is none. */
export function isIndexMissing(error: unknown): boolean {
  return isMongoError(error) && 'code' in error && INDEX_MISSING.has(error.code);
}

/** MongoDB's code for a read that was given so much time and not more. */
const TIME_OVER = 50;

/** Whether a read came to its `maxTimeMS`. */
export function isTimeOver(error: unknown): boolean {
  return isMongoError(error) && 'code' in error && error.code === TIME_OVER;
}

/** Whether an error came from the driver; by name, for it may come from another copy of it. */
export function isMongoError(error: unknown): error is Error {
  return error instanceof Error && error.name.startsWith('Mongo');
}

/**
 * Runs work that must be durable. Whatever the driver reports becomes `unavailable`, without its
 * text; errors of our own pass.
 */
export async function durably<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMongoError(error)) throw error;
    throw new DomainError('unavailable', 'Nothing could be stored just now. Please repeat.', {
      retryAfterS: RETRY_AFTER_S,
    });
  }
}

/** The server's words for a document or command that can never be stored, however often repeated. */
const NEVER_STORED = new Set<unknown>([2, 9, 14, 52, 55, 121, 10_334, 17_280, 17_419, 17_420]);

/**
 * A fault of our own, not of the weather: a repeat of the same work would fail the same way. What
 * is not surely ours counts as weather, for weather is waited out and loses nothing.
 */
export function isOurFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (error.name.startsWith('BSON') || error.name === 'MongoInvalidArgumentError') return true;
  return isMongoError(error) && 'code' in error && NEVER_STORED.has(error.code);
}
