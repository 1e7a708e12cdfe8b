import { writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Say, withProgress } from '../progress.ts';
import { waitUntil } from '../wait-until.ts';
import type { DataFolder } from './data-folder.ts';
import { readRecord, type RecordedProcess } from './lock.ts';
import { processIdentity } from './process-identity.ts';

/** mongod and Temporal write down what they hold when they are asked to end; then they are ended. */
const GRACE_MS = 10_000;

const KILLED_WITHIN_MS = 5_000;

/** Notes a child, so that a later start can end it if this one is killed. */
export async function recordChild(folder: DataFolder, name: string, pid: number): Promise<void> {
  const identity = await processIdentity(pid);
  if (identity === undefined) return;
  const record: RecordedProcess = { pid, startedAt: identity.startedAt };
  writeFileSync(path.join(folder.run, `${name.toLowerCase()}.pid`), JSON.stringify(record));
}

/** Strikes the notes of children that have all ended. */
export async function forgetChildren(folder: DataFolder): Promise<void> {
  for (const name of await recordsIn(folder)) {
    await rm(path.join(folder.run, name), { force: true });
  }
}

async function recordsIn(folder: DataFolder): Promise<string[]> {
  return (await readdir(folder.run)).filter((name) => name.endsWith('.pid'));
}

/** Ends what a killed start left running on this data folder, and nothing else. */
export async function endOrphans(folder: DataFolder, say: Say): Promise<void> {
  await Promise.all(
    (await recordsIn(folder)).map(async (name) => {
      const file = path.join(folder.run, name);
      const record = await readRecord(file);
      if (record !== undefined && (await isOurs(record, folder))) {
        const label = `Ending ${path.basename(name, '.pid')} (process ${String(record.pid)}), left over from a killed start`;
        say(`${label}.`);
        await withProgress(say, label, () => endProcess(record, folder));
      }
      await rm(file, { force: true });
    }),
  );
}

/** Numbers are given again: only the same start time and our folder on its command line prove it ours. */
async function isOurs(record: RecordedProcess, folder: DataFolder): Promise<boolean> {
  const now = await processIdentity(record.pid);
  return now?.startedAt === record.startedAt && now.command.includes(folder.dir);
}

async function endProcess(record: RecordedProcess, folder: DataFolder): Promise<void> {
  const gone = async (): Promise<boolean> => !(await isOurs(record, folder));
  signal(record.pid, 'SIGTERM');
  if (await waitUntil(gone, { timeoutMs: GRACE_MS })) return;
  if (await isOurs(record, folder)) signal(record.pid, 'SIGKILL');
  await waitUntil(gone, { timeoutMs: KILLED_WITHIN_MS });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}
