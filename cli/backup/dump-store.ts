import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ClientSession, type Db, MongoClient } from 'mongodb';
import { z } from 'zod';
import {
  type BackupFolder,
  documentsFile,
  type DumpedCollection,
  DumpedIndex,
  type Manifest,
  UNFINISHED,
} from './backup-folder.ts';

/** MongoDB keeps what a snapshot needs for five minutes by itself; a large dump takes longer. */
const SNAPSHOT_KEPT_S = 3_600;

/** Compression's default level takes three times as long for a tenth less. */
const GZIP_LEVEL = 3;

/**
 * Writes every collection of a database into the folder, all as of one instant, while others go on
 * writing. Documents stream through: memory does not grow with the data. Needs a replica set. Fails
 * at once when `signal` is aborted.
 */
export async function dumpDatabase(
  uri: string,
  folder: BackupFolder,
  signal: AbortSignal,
): Promise<Pick<Manifest, 'takenAt' | 'collections'>> {
  const client = new MongoClient(uri, {
    appName: 'kairos-backup',
    serverSelectionTimeoutMS: 10_000,
  });
  signal.addEventListener('abort', () => void client.close(), { once: true });
  try {
    await client.connect();
    signal.throwIfAborted();
    return await withLongSnapshots(client, () => dumpAll(client, folder));
  } finally {
    await client.close();
  }
}

async function dumpAll(
  client: MongoClient,
  folder: BackupFolder,
): Promise<Pick<Manifest, 'takenAt' | 'collections'>> {
  const db = client.db();
  const found = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const names = found
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.') && !name.startsWith(UNFINISHED));
  const session = client.startSession({ snapshot: true });
  try {
    // The first read fixes the snapshot: it is from here on that nothing counts any more.
    const takenAt = new Date().toISOString();
    const collections: DumpedCollection[] = [];
    for (const name of names.sort()) {
      collections.push(await dumpCollection(db, session, { folder, name }));
    }
    return { takenAt, collections };
  } finally {
    await session.endSession();
  }
}

async function dumpCollection(
  db: Db,
  session: ClientSession,
  { folder, name }: { folder: BackupFolder; name: string },
): Promise<DumpedCollection> {
  const indexes = await readIndexes(db, name);
  const counted = { documents: 0, hash: createHash('sha256') };
  await pipeline(
    Readable.from(counting(rawDocuments(db, session, name), counted), { objectMode: false }),
    createGzip({ level: GZIP_LEVEL }),
    createWriteStream(documentsFile(folder, name), { mode: 0o600 }),
  );
  const { documents, hash } = counted;
  return {
    name,
    documents,
    sha256: hash.digest('hex'),
    indexes,
  };
}

/** All but the one every collection has by itself. */
async function readIndexes(db: Db, collection: string): Promise<DumpedCollection['indexes']> {
  const found: unknown[] = await db.collection(collection).listIndexes().toArray();
  return z
    .array(DumpedIndex)
    .parse(found)
    .filter(({ name }) => name !== '_id_')
    .map(({ v: _v, ns: _ns, ...index }) => index);
}

/** The documents as the server sent them: nothing of their types is lost by reading them. */
function rawDocuments(db: Db, session: ClientSession, name: string): AsyncIterable<unknown> {
  return db.collection(name).find({}, { session, raw: true, sort: { _id: 1 } });
}

async function* counting(
  documents: AsyncIterable<unknown>,
  counted: { documents: number; hash: Hash },
): AsyncGenerator<Buffer> {
  for await (const document of documents) {
    if (!(document instanceof Uint8Array)) throw new TypeError('a raw document was expected');
    const bytes = Buffer.from(document);
    counted.documents += 1;
    counted.hash.update(bytes);
    yield bytes;
  }
}

/** Where this user may not set it, a dump has the server's own time. */
async function withLongSnapshots<T>(client: MongoClient, work: () => Promise<T>): Promise<T> {
  const admin = client.db('admin');
  const name = 'minSnapshotHistoryWindowInSeconds';
  let before: unknown;
  try {
    before = (await admin.command({ getParameter: 1, [name]: 1 }))[name];
    await admin.command({ setParameter: 1, [name]: SNAPSHOT_KEPT_S });
  } catch {
    return work();
  }
  try {
    return await work();
  } finally {
    await admin.command({ setParameter: 1, [name]: before });
  }
}
