import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LaunchError } from '../launch-error.ts';
import type { DataFolder } from './data-folder.ts';
import { processIdentity } from './process-identity.ts';

/** A process that we may meet again at a later start. */
export const RecordedProcess = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
});
export type RecordedProcess = z.infer<typeof RecordedProcess>;

/** Two starts that find the same dead lock take turns; more rounds than that is not by chance. */
const TRIES_MAX = 5;

/**
 * Makes this process the only one on the data folder.
 * @returns what gives the folder free again
 * @throws LaunchError naming the process that has it
 */
export async function takeLock(folder: DataFolder): Promise<() => Promise<void>> {
  const own = `${folder.lockFile}.${String(process.pid)}`;
  const me = await processIdentity(process.pid);
  const record: RecordedProcess = { pid: process.pid, startedAt: me?.startedAt ?? '' };
  await writeFile(own, JSON.stringify(record));
  try {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (await linked(own, folder.lockFile)) return () => rm(folder.lockFile, { force: true });
      const holder = await readRecord(folder.lockFile);
      if (holder !== undefined && (await isAlive(holder))) {
        throw new LaunchError(
          `Kairos runs on ${folder.dir} already (process ${String(holder.pid)}). ` +
            'End that one first, or start this one on other data: ' +
            'npm start -- --data-dir FOLDER --port N',
        );
      }
      await putAside(folder.lockFile, holder);
    }
  } finally {
    await rm(own, { force: true });
  }
  throw new LaunchError(
    `The lock ${folder.lockFile} changes hands too often. See that nothing starts Kairos on this folder, and start again.`,
  );
}

/** A hard link to a finished file appears at once and whole, or not at all. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead lock, unless another start has just replaced it with its own. */
async function putAside(lockFile: string, dead: RecordedProcess | undefined): Promise<void> {
  const aside = `${lockFile}.old.${String(process.pid)}`;
  await rename(lockFile, aside).catch(() => undefined);
  const moved = await readRecord(aside);
  if (moved !== undefined && moved.pid !== dead?.pid) await linked(aside, lockFile);
  await rm(aside, { force: true });
}

/** What the file says; nothing when it is not there or not whole. */
export async function readRecord(file: string): Promise<RecordedProcess | undefined> {
  try {
    return RecordedProcess.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Does the very process of the record still run? */
export async function isAlive(record: RecordedProcess): Promise<boolean> {
  return (await processIdentity(record.pid))?.startedAt === record.startedAt;
}
