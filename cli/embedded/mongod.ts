import path from 'node:path';
import { MongoClient, MongoServerError } from 'mongodb';
import { waitUntil } from '../wait-until.ts';
import type { ChildPlan } from './child.ts';
import { LOOPBACK } from './ports.ts';

export const REPLICA_SET = 'rs0';

/** The database of an embedded installation. */
const DATABASE = 'kairos';

/** mongod's own default for its cache is half of the machine's memory. */
export const CACHE_GB = 0.5;

/** The log that retryable writes and change streams need; the default is 5 % of the disk. */
const OPLOG_MB = 990;

/** How long mongod lingers after a signal for others of its set; there are none. The default is 15 s. */
const LINGER_MS = 100;

/** A single member elects itself within seconds; recovery after a crash comes before. */
const PRIMARY_TIMEOUT_MS = 60_000;

const NOT_YET_INITIALIZED = 94;
const NOT_A_MEMBER = 93;

/**
 * A transaction of ours takes well below a second. One whose process was killed keeps its documents
 * locked for this long: with the server's default of a minute, half of the partitions would wait.
 */
const TRANSACTION_S = 5;

/**
 * What was overwritten or deleted is kept for so long, for reads at one instant, and every scan walks
 * over it; the server's default is five minutes. Our own such reads take seconds, and a backup sets
 * what it needs.
 */
const HISTORY_S = 60;

export interface MongodPlace {
  readonly binary: string;
  /** Data files and mongod's log, which may quote personal data, lie in this folder only. */
  readonly dir: string;
  readonly port: number;
  readonly cacheGb?: number;
}

export function mongodPlan({ binary, dir, port, cacheGb = CACHE_GB }: MongodPlace): ChildPlan {
  const args = [
    ['--dbpath', dir],
    ['--port', String(port)],
    ['--bind_ip', LOOPBACK],
    ['--replSet', REPLICA_SET],
    ['--oplogSize', String(OPLOG_MB)],
    ['--wiredTigerCacheSizeGB', String(cacheGb)],
    ['--setParameter', `shutdownTimeoutMillisForSignaledShutdown=${String(LINGER_MS)}`],
    ['--setParameter', `transactionLifetimeLimitSeconds=${String(TRANSACTION_S)}`],
    ['--setParameter', `minSnapshotHistoryWindowInSeconds=${String(HISTORY_S)}`],
    ['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ['--nounixsocket'],
  ].flat();
  return {
    name: 'MongoDB',
    command: binary,
    args,
    env: process.env,
    logFile: path.join(dir, 'mongod.log'),
    linked: false,
  };
}

export function mongodbUri(port: number, database = DATABASE): string {
  return `mongodb://${LOOPBACK}:${String(port)}/${database}?replicaSet=${REPLICA_SET}`;
}

/**
 * Makes the mongod on this port the primary of its one-node replica set: initiates a new set, and
 * points an old one at the port it has now.
 * @returns whether it became primary in time
 */
export function becomePrimary(port: number, signal?: AbortSignal): Promise<boolean> {
  return waitUntil(() => tryPrimary(port), {
    timeoutMs: PRIMARY_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** One try with a client of its own: one that met a closed port once was seen not to try again. */
async function tryPrimary(port: number): Promise<boolean> {
  const host = `${LOOPBACK}:${String(port)}`;
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 500,
    appName: 'kairos-start',
  });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    // A primary of the set knows itself by the address it has now.
    if (hello.isWritablePrimary === true && hello.me === host) return true;
    await configureSet(client, host);
    return false;
  } finally {
    await client.close();
  }
}

interface ReplicaSetConfig {
  version: number;
  members: { _id: number; host: string }[];
}

async function configureSet(client: MongoClient, host: string): Promise<void> {
  const admin = client.db('admin');
  try {
    await admin.command({ replSetGetStatus: 1 });
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) {
      await admin.command({
        replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] },
      });
      return;
    }
    // A member whose port changed does not find itself in its own set. Anything else is worth
    // another try.
    if (!(error instanceof MongoServerError && error.code === NOT_A_MEMBER)) throw error;
  }
  const config = await client
    .db('local')
    .collection<ReplicaSetConfig>('system.replset')
    .findOne({});
  if (config === null || config.members.every((member) => member.host === host)) return;
  await admin.command({
    replSetReconfig: {
      ...config,
      version: config.version + 1,
      members: config.members.map((member) => ({ ...member, host })),
    },
    force: true,
  });
}
