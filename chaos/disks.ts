import { execFile } from 'node:child_process';
import { mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folders of the data folder that get a disk of their own. */
export const DISKS = ['mongo', 'temporal', 'sandbox'] as const;
export type Disk = (typeof DISKS)[number];

/** A limit, not a use: memory is taken only by what is written. Ten minutes of chaos write a tenth. */
const SIZE = '4g';

/** Looks at how much is used, each a moment before the limit is lowered to it. */
const FILL_TRIES = 50;

/**
 * Disks in memory under parts of a data folder, each of which can be made full at once without
 * writing a byte: its limit is lowered to what it holds. The machine's own disk is never touched.
 */
export class Disks {
  readonly #dataDir: string;
  readonly #mounted: Disk[] = [];
  /** Why no disk can be filled here; null when they can. */
  skipped: string | null = null;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  get all(): readonly Disk[] {
    return this.#mounted;
  }

  /** Mounts them, before the first start on the folder. Where this is not allowed it says why. */
  async mount(): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
    for (const disk of DISKS) {
      const folder = this.#folder(disk);
      await mkdir(folder, { mode: 0o700 });
      try {
        await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', folder]);
        this.#mounted.push(disk);
      } catch {
        this.skipped = 'mounting a small disk needs root, and the right to mount';
        return;
      }
    }
    // A folder with content counts as Kairos' own only with its lock or its keys in it.
    await writeFile(path.join(this.#dataDir, 'kairos.pid'), '');
  }

  /** From now on nothing more fits on it. */
  async fill(disk: Disk): Promise<void> {
    for (let left = FILL_TRIES; ; left -= 1) {
      const { blocks, bfree, bsize } = await statfs(this.#folder(disk));
      const used = Math.max(1, blocks - bfree) * bsize;
      try {
        await this.#resize(disk, String(used));
        return;
      } catch (error) {
        // What was written since the look does not fit a limit of before it, which is refused.
        if (left === 0) throw error;
      }
    }
  }

  async free(disk: Disk): Promise<void> {
    await this.#resize(disk, SIZE);
  }

  /** Takes them away again; with `keep` their content stays, on the real disk. */
  async unmount(keep: boolean): Promise<void> {
    for (const disk of this.#mounted.splice(0)) {
      const folder = this.#folder(disk);
      const aside = `${folder}.kept`;
      if (keep) await run('cp', ['-a', folder, aside]);
      await run('umount', ['-l', folder]);
      if (!keep) continue;
      await rm(folder, { recursive: true, force: true });
      await rename(aside, folder);
    }
  }

  async #resize(disk: Disk, size: string): Promise<void> {
    await run('mount', ['-o', `remount,size=${size}`, this.#folder(disk)]);
  }

  #folder(disk: Disk): string {
    return path.join(this.#dataDir, disk);
  }
}
