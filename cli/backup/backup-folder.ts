import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { LaunchError } from '../launch-error.ts';

/** Raised when an older Kairos could not read what this one writes. */
const FORMAT = 1;

/** Collections of a restore that is not whole yet are named so; no other part of Kairos looks at them. */
export const UNFINISHED = 'restoring-';

/** As MongoDB lists it: its key, its name and whatever options it has. */
export const DumpedIndex = z.looseObject({
  key: z.record(z.string(), z.union([z.literal(1), z.literal(-1)])),
  name: z.string(),
});

const DumpedCollection = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]+$/),
  documents: z.number().int().nonnegative(),
  /** Of the BSON before compression, so that a damaged file is noticed before it counts. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  indexes: z.array(DumpedIndex),
});
export type DumpedCollection = z.infer<typeof DumpedCollection>;

/** What a backup says of itself. It is written last: a folder without it is no backup. */
const Manifest = z.object({
  format: z.literal(FORMAT),
  /** ISO 8601; everything in the backup is as of this instant. */
  takenAt: z.iso.datetime(),
  collections: z.array(DumpedCollection),
});
export type Manifest = z.infer<typeof Manifest>;

/** Where things lie in a backup. All of it is as secret as the data folder itself. */
export interface BackupFolder {
  readonly dir: string;
  readonly manifestFile: string;
  readonly keysFile: string;
}

function backupFolder(dir: string): BackupFolder {
  return {
    dir,
    manifestFile: path.join(dir, 'manifest.json'),
    keysFile: path.join(dir, 'keys'),
  };
}

/** One BSON document after the other, gzipped: what `mongodump --gzip` writes, too. */
export function documentsFile({ dir }: BackupFolder, collection: string): string {
  return path.join(dir, `${collection}.bson.gz`);
}

/**
 * Fills a new folder by `write` and gives it its name only when it is whole and on the disk.
 * @throws LaunchError when there is something at that place already
 */
export async function makeBackup(
  dir: string,
  write: (folder: BackupFolder) => Promise<Omit<Manifest, 'format'>>,
): Promise<Manifest> {
  if (existsSync(dir) && (await readdir(dir)).length > 0) {
    throw new LaunchError(`${dir} is there already. A backup goes into a folder of its own.`);
  }
  const partial = backupFolder(`${dir}.partial`);
  await rm(partial.dir, { recursive: true, force: true });
  await mkdir(partial.dir, { recursive: true, mode: 0o700 });
  try {
    const manifest: Manifest = { format: FORMAT, ...(await write(partial)) };
    await writeFile(partial.manifestFile, `${JSON.stringify(manifest, null, 1)}\n`, {
      mode: 0o600,
    });
    for (const name of await readdir(partial.dir)) await flush(path.join(partial.dir, name));
    await rm(dir, { recursive: true, force: true });
    await rename(partial.dir, dir);
    await flush(path.dirname(dir));
    return manifest;
  } catch (error) {
    await rm(partial.dir, { recursive: true, force: true });
    throw error;
  }
}

/** A rename may reach the disk before what was renamed: both are written down in this order. */
export async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws LaunchError when the folder holds no backup that this version can read */
export async function openBackup(
  dir: string,
): Promise<{ folder: BackupFolder; manifest: Manifest }> {
  const folder = backupFolder(dir);
  try {
    const manifest = Manifest.parse(JSON.parse(await readFile(folder.manifestFile, 'utf8')));
    return { folder, manifest };
  } catch {
    throw new LaunchError(
      existsSync(folder.manifestFile)
        ? `The backup in ${dir} cannot be read: its manifest.json is damaged or of a later version of Kairos.`
        : `There is no backup in ${dir}: a whole one has a file manifest.json.`,
    );
  }
}
