import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { openDataFolder } from '../embedded/data-folder.ts';
import { LaunchError } from '../launch-error.ts';
import type { Say } from '../progress.ts';
import { type BackupFolder, makeBackup, type Manifest } from './backup-folder.ts';
import { dumpDatabase } from './dump-store.ts';
import { runningMongo, withFolderAlone, withMongo } from './embedded-mongo.ts';

export interface BackupRequest {
  /** Folder to be made; as the person typed it. */
  readonly dir: string;
  /** Data folder of the installation; not looked at when `env` names a MongoDB. */
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the person wants no more of it. */
  readonly signal: AbortSignal;
}

/**
 * Writes everything that a lost installation can be made from again into a new folder: the whole
 * database as of one instant, and the keys. Kairos may run meanwhile. Temporal is not in it: runs
 * are started again from what the database knows of them.
 * @throws LaunchError in a sentence when that is not possible
 */
export async function backup(request: BackupRequest, say: Say): Promise<Manifest> {
  const { env, signal } = request;
  const dir = path.resolve(request.dir);
  const manifest = await makeBackup(dir, (folder) =>
    env.MONGODB_URI
      ? dumpDatabase(env.MONGODB_URI, folder, signal)
      : dumpEmbedded(request, folder, say),
  ).catch((error: unknown) => {
    throw signal.aborted ? new LaunchError('Stopped: there is no backup.') : error;
  });
  const documents = manifest.collections.reduce((sum, one) => sum + one.documents, 0);
  say(`Backed up ${documents.toLocaleString('en')} documents as of ${manifest.takenAt} to ${dir}`);
  say(
    'It holds personal data, and the keys of an embedded installation: keep it as safe as those.',
  );
  return manifest;
}

async function dumpEmbedded(
  { dataDir, env, signal }: BackupRequest,
  target: BackupFolder,
  say: Say,
): ReturnType<typeof dumpDatabase> {
  const dir = path.resolve(dataDir);
  if (!existsSync(path.join(dir, 'keys'))) {
    throw new LaunchError(
      `There is no Kairos in ${dir}. Name its folder with --data-dir, or its database in MONGODB_URI.`,
    );
  }
  const folder = await openDataFolder(dir);
  await copyFile(folder.keysFile, target.keysFile);
  const uri = await runningMongo(folder);
  if (uri !== null) return dumpDatabase(uri, target, signal);
  return withFolderAlone(folder, say, () =>
    withMongo(folder, { env, say, signal }, (alone) => dumpDatabase(alone, target, signal)),
  );
}
