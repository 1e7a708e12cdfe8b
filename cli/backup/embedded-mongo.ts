import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { findBinary } from '../binaries/find-binary.ts';
import { endChild, ended, startChild } from '../embedded/child.ts';
import type { DataFolder } from '../embedded/data-folder.ts';
import { isAlive, readRecord, takeLock } from '../embedded/lock.ts';
import { becomePrimary, mongodbUri, mongodPlan } from '../embedded/mongod.ts';
import { endOrphans, forgetChildren, recordChild } from '../embedded/orphans.ts';
import { freePorts } from '../embedded/ports.ts';
import { LaunchError } from '../launch-error.ts';
import type { Say } from '../progress.ts';

/** mongod writes down what it holds before it ends. */
const END_MS = 20_000;

const KeptPorts = z.object({ mongo: z.number().int() });

/** The address of the database of an installation that runs on this folder; null when none does. */
export async function runningMongo(folder: DataFolder): Promise<string | null> {
  const holder = await readRecord(folder.lockFile);
  if (holder === undefined || !(await isAlive(holder))) return null;
  const text = await readFile(path.join(folder.run, 'ports.json'), 'utf8').catch(() => '{}');
  const ports = KeptPorts.safeParse(JSON.parse(text));
  if (ports.success) return mongodbUri(ports.data.mongo);
  throw new LaunchError(`Kairos is just starting on ${folder.dir}. Repeat this when it is ready.`);
}

/** Keeps a data folder to this process for as long as `work` takes; ends what a killed one left on it. */
export async function withFolderAlone<T>(
  folder: DataFolder,
  say: Say,
  work: () => Promise<T>,
): Promise<T> {
  const release = await takeLock(folder);
  try {
    await endOrphans(folder, say);
    return await work();
  } finally {
    await release();
  }
}

export interface MongoRequest {
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** Runs mongod on a folder that this process has alone, for as long as `work` takes. */
export async function withMongo<T>(
  folder: DataFolder,
  { env, say, signal }: MongoRequest,
  work: (uri: string) => Promise<T>,
): Promise<T> {
  const binary = await findBinary('mongod', { env, say, signal });
  signal.throwIfAborted();
  const [port = 0] = await freePorts(1);
  const child = startChild(mongodPlan({ binary, dir: folder.mongo, port }));
  try {
    if (child.pid !== undefined) await recordChild(folder, 'MongoDB', child.pid);
    const gone = new AbortController();
    void ended(child).then(() => {
      gone.abort();
    });
    if (!(await becomePrimary(port, AbortSignal.any([gone.signal, signal])))) {
      signal.throwIfAborted();
      throw new LaunchError(
        `MongoDB does not start on ${folder.mongo}. Its log says why: ${path.join(folder.mongo, 'mongod.log')}`,
      );
    }
    return await work(mongodbUri(port));
  } finally {
    await endChild(child, END_MS);
    await forgetChildren(folder);
  }
}
