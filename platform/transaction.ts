import { WriteConcern, type ClientSession, type MongoClient } from 'mongodb';
import { isDuplicateKey } from './mongo-errors.ts';

export type Session = ClientSession;

/** Somebody else changed what this writer had read: read again and start over. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/**
 * Runs `work` in one transaction, all or nothing, durable by majority. The driver repeats it when
 * two writers meet; `work` must hold no other effects than its writes.
 */
export async function inTransaction<T>(
  client: MongoClient,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = client.startSession();
  try {
    return await session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: new WriteConcern('majority', undefined, true),
    });
  } catch (error) {
    if (isDuplicateKey(error)) throw new Fenced('duplicate key');
    throw error;
  } finally {
    await session.endSession();
  }
}

/**
 * Reads everything as it stood at one instant of the store: what is written meanwhile is not seen.
 * The store remembers a minute of what was, or five (`cli/embedded/mongod.ts`): `work` must be done
 * well before.
 */
export async function atOneInstant<T>(
  client: MongoClient,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return client.withSession({ snapshot: true }, work);
}
