import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import { pauseRestored } from '#campaigns/pause-restored.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { settleBrokenCalls } from '#messages/settle-broken-calls.ts';
import { openDataFolder } from '../embedded/data-folder.ts';
import { LaunchError } from '../launch-error.ts';
import type { Say } from '../progress.ts';
import { type BackupFolder, flush, openBackup } from './backup-folder.ts';
import { withFolderAlone, withMongo } from './embedded-mongo.ts';
import { type Loaded, loadDatabase } from './load-store.ts';

export interface RestoreRequest {
  /** A folder that `backup` made; as the person typed it. */
  readonly dir: string;
  /** New data folder; not looked at when `env` names a MongoDB. */
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Epoch ms. */
  readonly now: number;
  /** Aborted when the person wants no more of it. */
  readonly signal: AbortSignal;
}

/**
 * Makes an installation from a backup, in a new data folder or in the empty database that `env`
 * names. At its next start every run goes on from where it stood. A restore that was cut off leaves
 * nothing that a start would take for an installation, and may be repeated.
 * @throws LaunchError in a sentence when the backup is damaged or the place is not empty
 */
export async function restore(request: RestoreRequest, say: Say): Promise<void> {
  const { env, now, signal } = request;
  const { folder, manifest } = await openBackup(path.resolve(request.dir));
  const load = (uri: string): Promise<number> =>
    loadDatabase(uri, folder, manifest, { signal, settle: (loaded) => settle(loaded, now) });
  const restored = env.MONGODB_URI
    ? load(env.MONGODB_URI)
    : restoreEmbedded(request, folder, { say, load });
  const runs = await restored.catch((error: unknown) => {
    throw signal.aborted ? new LaunchError('Stopped: nothing was restored.') : error;
  });
  say(
    `Restored the state of ${manifest.takenAt}: ${String(runs)} runs under way go on from there.`,
  );
  say(
    env.MONGODB_URI
      ? 'Start Kairos on it with an empty Temporal namespace.'
      : `Start it: npm start -- --data-dir ${path.resolve(request.dataDir)}`,
  );
  say(
    "To try it beside the one that runs, give another --port and none of the providers' keys: it would write to your customers.",
  );
}

/** Providers that can be asked whether they took a message. */
const ASKABLE = PROVIDER_KINDS.filter(({ capabilities }) => capabilities.lookup).map(
  ({ name }) => name,
);

/** Answers how many runs are under way. */
async function settle(loaded: Loaded, now: number): Promise<number> {
  await settleBrokenCalls(loaded, { askable: ASKABLE, at: now });
  await pauseRestored(loaded.campaigns, now);
  return createRunStore(loaded).restartAll();
}

async function restoreEmbedded(
  { dataDir, env, signal }: RestoreRequest,
  backup: BackupFolder,
  { say, load }: { say: Say; load: (uri: string) => Promise<number> },
): Promise<number> {
  const dir = path.resolve(dataDir);
  if (!existsSync(backup.keysFile)) {
    throw new LaunchError(
      'This backup has no keys: it was taken from a MongoDB of your own. Name the one to restore into in MONGODB_URI.',
    );
  }
  const folder = await openDataFolder(dir, 'restore');
  return withFolderAlone(folder, say, async () => {
    await writeFile(folder.restoring, '');
    await flush(folder.restoring);
    await flush(folder.dir);
    // What a restore that was cut off left: customers of half a backup.
    await rm(folder.mongo, { recursive: true, force: true });
    await mkdir(folder.mongo, { mode: 0o700 });
    const runs = await withMongo(folder, { env, say, signal }, load);
    await copyFile(backup.keysFile, folder.keysFile);
    await chmod(folder.keysFile, 0o600);
    await flush(folder.keysFile);
    // Last: until then no start takes the folder for an installation.
    await rm(folder.restoring);
    await flush(folder.dir);
    return runs;
  });
}
