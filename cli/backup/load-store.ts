import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { BSON, type Collection, type Db, MongoClient } from 'mongodb';
import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import type { Collections } from '#platform/mongo.ts';
import { LaunchError } from '../launch-error.ts';
import {
  type BackupFolder,
  documentsFile,
  type DumpedCollection,
  type Manifest,
  UNFINISHED,
} from './backup-folder.ts';

/** Documents and bytes of one insert: a server takes 48 MB at most. */
const BATCH_DOCUMENTS = 1_000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** A document of MongoDB is at most 16 MB and at least its length and its end. */
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024 + 16 * 1024;
const DOCUMENT_BYTES_MIN = 5;
const LENGTH_BYTES = 4;

/** A server that ended by the same Ctrl-C is not waited for longer. */
const TIDY_WITHIN_MS = 2_000;

/** What of a dump has to be settled before it is anybody's. */
export type Loaded = Pick<Collections, 'messages' | 'runs'> & {
  campaigns: Collection<StoredCampaign>;
};

export interface Loading {
  /** Called when all of it is there and before anybody can see it; its answer is handed back. */
  readonly settle: (loaded: Loaded) => Promise<number>;
  /** Aborted when the person wants no more of it. */
  readonly signal: AbortSignal;
}

/**
 * Puts a dump back into an empty database, with its indexes. Everything is loaded and checked under
 * other names first, and gets its own only when it is whole: an end in the middle leaves nothing
 * that Kairos would take for its data.
 * @throws LaunchError when the database is not empty, or a file is not what was written
 */
export async function loadDatabase(
  uri: string,
  folder: BackupFolder,
  { collections }: Manifest,
  { settle, signal }: Loading,
): Promise<number> {
  const client = new MongoClient(uri, {
    appName: 'kairos-restore',
    serverSelectionTimeoutMS: 10_000,
    writeConcern: { w: 'majority', journal: true },
  });
  const close = (): void => void client.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await client.connect();
    signal.throwIfAborted();
    const db = client.db();
    await dropUnfinished(db);
    await assertEmpty(db);
    for (const dumped of collections) await loadCollection(db, folder, dumped);
    const settled = await settle({
      messages: db.collection(unfinished('messages')),
      runs: db.collection(unfinished('runs')),
      campaigns: db.collection(unfinished('campaigns')),
    });
    signal.throwIfAborted();
    // From here on it takes milliseconds, and half of it would be worse than the end of it.
    signal.removeEventListener('abort', close);
    await giveNames(db);
    return settled;
  } catch (error) {
    await tidy(uri);
    throw error;
  } finally {
    await client.close();
  }
}

function unfinished(collection: string): string {
  return `${UNFINISHED}${collection}`;
}

async function unfinishedIn(db: Db): Promise<string[]> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray();
  return found.map(({ name }) => name).filter((name) => name.startsWith(UNFINISHED));
}

async function dropUnfinished(db: Db): Promise<void> {
  for (const name of await unfinishedIn(db)) await db.dropCollection(name);
}

/** Empty collections of those names, which some start made with its indexes, give way. */
async function giveNames(db: Db): Promise<void> {
  for (const name of await unfinishedIn(db)) {
    await db.renameCollection(name, name.slice(UNFINISHED.length), { dropTarget: true });
  }
}

/** Leaves nothing of customers behind where nothing was restored; by a client of its own, for the other may be closed. */
async function tidy(uri: string): Promise<void> {
  const client = new MongoClient(uri, {
    appName: 'kairos-restore',
    serverSelectionTimeoutMS: TIDY_WITHIN_MS,
  });
  try {
    await dropUnfinished(client.db());
  } catch {
    // The next restore does it; whoever stopped this one is not kept waiting.
  } finally {
    await client.close();
  }
}

async function assertEmpty(db: Db): Promise<void> {
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (name.startsWith('system.')) continue;
    if ((await db.collection(name).findOne({}, { projection: { _id: 1 } })) === null) continue;
    throw new LaunchError(
      `The database ${db.databaseName} is not empty, and restoring would mix two states. ` +
        'Name an empty one in MONGODB_URI, or drop this one first.',
    );
  }
}

async function loadCollection(
  db: Db,
  folder: BackupFolder,
  dumped: DumpedCollection,
): Promise<void> {
  const file = documentsFile(folder, dumped.name);
  const collection = db.collection(unfinished(dumped.name));
  const hash = createHash('sha256');
  let documents = 0;
  let batch: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const document of readDocuments(file)) {
      hash.update(document);
      documents += 1;
      batch.push(document);
      bytes += document.length;
      if (batch.length < BATCH_DOCUMENTS && bytes < BATCH_BYTES) continue;
      await insert(collection, batch);
      batch = [];
      bytes = 0;
    }
  } catch (error) {
    if (error instanceof Damaged || isFileError(error)) throw damaged(file);
    throw error;
  }
  if (batch.length > 0) await insert(collection, batch);
  if (documents !== dumped.documents || hash.digest('hex') !== dumped.sha256) throw damaged(file);
  for (const { key, ...options } of dumped.indexes) {
    await collection.createIndex(key, options, {});
  }
}

async function insert(collection: Collection, batch: readonly Buffer[]): Promise<void> {
  // Numbers keep the types they had: a 64-bit one is not made a double on the way.
  const documents = batch.map((document) => BSON.deserialize(document, { promoteValues: false }));
  await collection.insertMany(documents, { ordered: false });
}

class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** zlib's and the file system's errors carry such codes. */
function isFileError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return /^(Z_|ENOENT|EACCES|EIO|ERR_)/.test(String(error.code));
}

function damaged(file: string): LaunchError {
  return new LaunchError(
    `The backup is damaged: ${file} is not what was written. Nothing was restored; take another backup.`,
  );
}

/** Cuts a stream of BSON into its documents, each of which begins with its own length. */
async function* readDocuments(file: string): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  const unzipped = createReadStream(file).on('error', (error) => unzip.destroy(error));
  const unzip = createGunzip();
  for await (const chunk of unzipped.pipe(unzip)) {
    pending = Buffer.concat([pending, Buffer.from(chunk as Uint8Array)]);
    for (let length = lengthAt(pending); length !== null; length = lengthAt(pending)) {
      yield pending.subarray(0, length);
      pending = pending.subarray(length);
    }
  }
  if (pending.length > 0) throw new Damaged();
}

/** The length of the document at the front; null until all of it is there. */
function lengthAt(bytes: Buffer): number | null {
  if (bytes.length < LENGTH_BYTES) return null;
  const length = bytes.readInt32LE(0);
  if (length < DOCUMENT_BYTES_MIN || length > DOCUMENT_BYTES_MAX) throw new Damaged();
  return bytes.length < length ? null : length;
}
