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
