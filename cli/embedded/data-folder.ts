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
  /** Present until the first start got ready; holds `demo` when the demo shop is to be opened then. */
  readonly firstStart: string;
  /** Present until the demo shop is all there; keeps the day on which its year ends. */
  readonly demoShop: string;
}

/** What a system puts into folders by itself. */
const NOT_CONTENT = new Set(['lost+found', '.DS_Store']);

/**
 * Takes a folder into use: one that does not exist, is empty or is ours already.
 * @throws LaunchError when it holds something else or cannot be written
 */
export async function openDataFolder(dir: string): Promise<DataFolder> {
  const folder: DataFolder = {
    dir,
    mongo: path.join(dir, 'mongo'),
    temporal: path.join(dir, 'temporal'),
    sandbox: path.join(dir, 'sandbox'),
    logs: path.join(dir, 'logs'),
    run: path.join(dir, 'run'),
    keysFile: path.join(dir, 'keys'),
    lockFile: path.join(dir, 'kairos.pid'),
    firstStart: path.join(dir, 'run', 'first-start'),
    demoShop: path.join(dir, 'run', 'demo-shop'),
  };
  await assertOurs(folder);
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

async function assertOurs(folder: DataFolder): Promise<void> {
  if (!existsSync(folder.dir)) return;
  if (!(await stat(folder.dir)).isDirectory()) {
    throw new LaunchError(
      `${folder.dir} is a file, not a folder. Name another one: npm start -- --data-dir FOLDER`,
    );
  }
  const content = (await readdir(folder.dir)).filter((name) => !NOT_CONTENT.has(name));
  const ours = content.length === 0 || existsSync(folder.keysFile) || existsSync(folder.lockFile);
  if (ours) return;
  throw new LaunchError(
    `The folder ${folder.dir} holds files of another program, so Kairos leaves it alone. ` +
      'Name an empty or a new one: npm start -- --data-dir FOLDER',
  );
}
