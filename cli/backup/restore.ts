import { existsSync } from 'node:fs';
import { copyFile, chmod, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createRunStore } from '#journeys/run-store.ts';
import { settleBrokenCalls } from '#messages/settle-broken-calls.ts';
import { connectMongo } from '#platform/mongo.ts';
import { openDataFolder } from '../embedded/data-folder.ts';
import { LaunchError } from '../launch-error.ts';
import type { Say } from '../progress.ts';
import { type BackupFolder, type Manifest, openBackup } from './backup-folder.ts';
import { withMongoAlone } from './embedded-mongo.ts';
import { loadDatabase } from './load-store.ts';

export interface RestoreRequest {
  /** A folder that `backup` made; as the person typed it. */
  readonly dir: string;
  /** New data folder; not looked at when `env` names a MongoDB. */
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Makes an installation from a backup, in a new data folder or in the empty database that `env`
 * names. At its next start every run goes on from where it stood.
 * @throws LaunchError in a sentence when the backup is damaged or the place is not empty
 */
export async function restore(request: RestoreRequest, say: Say): Promise<void> {
  const { env, now } = request;
  const { folder, manifest } = await openBackup(path.resolve(request.dir));
  const load = (uri: string): Promise<number> => loadAndPrepare(uri, folder, { manifest, now });
  const runs = env.MONGODB_URI
    ? await load(env.MONGODB_URI)
    : await restoreEmbedded(request, folder, { say, load });
  say(
    `Restored the state of ${manifest.takenAt}: ${String(runs)} runs under way go on from there.`,
  );
  say(
    env.MONGODB_URI
      ? 'Start Kairos on it with an empty Temporal namespace.'
      : `Start it: npm start -- --data-dir ${path.resolve(request.dataDir)}`,
  );
}

async function loadAndPrepare(
  uri: string,
  folder: BackupFolder,
  { manifest, now }: { manifest: Manifest; now: number },
): Promise<number> {
  await loadDatabase(uri, folder, manifest);
  const mongo = await connectMongo(uri);
  try {
    await settleBrokenCalls(mongo.collections, now);
    return await createRunStore(mongo.collections).restartAll();
  } finally {
    await mongo.close();
  }
}

async function restoreEmbedded(
  { dataDir, env }: RestoreRequest,
  backup: BackupFolder,
  { say, load }: { say: Say; load: (uri: string) => Promise<number> },
): Promise<number> {
  const dir = path.resolve(dataDir);
  if (existsSync(dir) && (await readdir(dir)).length > 0) {
    throw new LaunchError(
      `${dir} is not empty. A backup is restored into a new folder: move this one away, or name another with --data-dir.`,
    );
  }
  if (!existsSync(backup.keysFile)) {
    throw new LaunchError(
      'This backup has no keys: it was taken from a MongoDB of your own. Name the one to restore into in MONGODB_URI.',
    );
  }
  const folder = await openDataFolder(dir);
  const runs = await withMongoAlone(folder, { env, say }, load);
  // Last: a folder without keys is one that no start takes for an installation.
  await copyFile(backup.keysFile, folder.keysFile);
  await chmod(folder.keysFile, 0o600);
  return runs;
}
