import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { LaunchError } from '../launch-error.ts';

/** Where things lie in a data folder. Personal data is only in `mongo` and `sandbox`. */
export interface DataFolder {
  readonly dir: string;
  readonly mongo: string;
  readonly temporal: string;
  readonly sandbox: string;
  readonly logs: string;
  /** Process numbers and ports of the embedded services. */
  readonly run: string;
  readonly keysFile: string;
  readonly lockFile: string;
  /** Present from the beginning of a restore into this folder until it is whole. */
  readonly restoring: string;
  /** Present until the first start got ready; holds `demo` when the demo shop is to be opened then. */
  readonly firstStart: string;
  /** Present until the demo shop is all there; keeps the day on which its year ends. */
  readonly demoShop: string;
}

/** What a system puts into folders by itself. */
const NOT_CONTENT = new Set(['lost+found', '.DS_Store']);

/** What a start makes first of all: one that is refused after it leaves them behind, empty. */
const PARTS = ['mongo', 'temporal', 'sandbox', 'logs', 'run'];

/** What a data folder is opened for: to run on, or to be filled from a backup. */
type Purpose = 'use' | 'restore';

/**
 * Takes a folder into use: one that does not exist, is empty or is ours already; for a restore one
 * that is empty, or that a restore was begun in and not finished.
 * @throws LaunchError when it holds something else or cannot be written
 */
export async function openDataFolder(dir: string, purpose: Purpose = 'use'): Promise<DataFolder> {
  const folder: DataFolder = {
    dir,
    mongo: path.join(dir, 'mongo'),
    temporal: path.join(dir, 'temporal'),
    sandbox: path.join(dir, 'sandbox'),
    logs: path.join(dir, 'logs'),
    run: path.join(dir, 'run'),
    keysFile: path.join(dir, 'keys'),
    lockFile: path.join(dir, 'kairos.pid'),
    restoring: path.join(dir, 'restoring'),
    firstStart: path.join(dir, 'run', 'first-start'),
    demoShop: path.join(dir, 'run', 'demo-shop'),
  };
  await assertUsable(folder, purpose);
  try {
    // The owner's only: customers' data lies in it.
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const part of [folder.mongo, folder.temporal, folder.sandbox, folder.logs, folder.run]) {
      await mkdir(part, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new LaunchError(
      `The data folder ${dir} cannot be made or written (${code}). ` +
        'Name another one: npm start -- --data-dir FOLDER',
    );
  }
  return folder;
}

async function assertUsable(folder: DataFolder, purpose: Purpose): Promise<void> {
  if (!existsSync(folder.dir)) return;
  if (!(await stat(folder.dir)).isDirectory()) {
    throw new LaunchError(
      `${folder.dir} is a file, not a folder. Name another one: npm start -- --data-dir FOLDER`,
    );
  }
  const isEmpty = await holdsNothing(folder.dir);
  if (purpose === 'restore') assertRestorable(folder, isEmpty);
  else assertOurs(folder, isEmpty);
}

/** Whether there is nothing in it, or only the empty folders that a refused start has left. */
async function holdsNothing(dir: string): Promise<boolean> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (NOT_CONTENT.has(entry.name)) continue;
    if (!PARTS.includes(entry.name) || !entry.isDirectory()) return false;
    if ((await readdir(path.join(dir, entry.name))).length > 0) return false;
  }
  return true;
}

function assertOurs(folder: DataFolder, isEmpty: boolean): void {
  if (existsSync(folder.restoring)) {
    throw new LaunchError(
      `A restore into ${folder.dir} was begun and is not finished, so there is no whole Kairos in it. ` +
        `Repeat it: npx kairos restore BACKUP --data-dir ${folder.dir}`,
    );
  }
  if (isEmpty || existsSync(folder.keysFile) || existsSync(folder.lockFile)) return;
  throw new LaunchError(
    `The folder ${folder.dir} holds files of another program, so Kairos leaves it alone. ` +
      'Name an empty or a new one: npm start -- --data-dir FOLDER',
  );
}

function assertRestorable(folder: DataFolder, isEmpty: boolean): void {
  if (isEmpty || existsSync(folder.restoring)) return;
  throw new LaunchError(
    `${folder.dir} is not empty. A backup is restored into a new folder: move this one away, or name another with --data-dir.`,
  );
}
