import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, reasonIn, runCommand } from '../run-command.ts';
import type { BinaryName, WayContext, WayResult } from './binary.ts';

/** Where there is no network to the makers, this is how long a start waits to find out. */
const STALLED_AFTER_MS = 15_000;

/** Even a slow line brings a few hundred megabytes in this time. */
const DOWNLOAD_TIMEOUT_MS = 20 * 60_000;

const LOOK_EVERY_MS = 1_000;

/**
 * The fourth way: the makers' own download, by a kept library. It runs in a process of its own, which
 * is ended as soon as nothing has arrived for a while: the libraries' own limits are minutes.
 */
export async function officialDownload(name: BinaryName, context: WayContext): Promise<WayResult> {
  const folder = path.join(context.workDir, 'official');
  const entry = fileURLToPath(new URL(`official-${name}.ts`, import.meta.url));
  const stalled = new AbortController();
  const watch = watchForStall(folder, stalled);
  const { code, output } = await runCommand(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), entry, folder],
    {
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      env: context.env,
      signal: AbortSignal.any([context.signal, stalled.signal]),
    },
  );
  clearInterval(watch);
  if (stalled.signal.aborted) {
    return {
      why: `of its makers' download nothing arrived for ${String(STALLED_AFTER_MS / 1000)} s (no network to it?)`,
    };
  }
  if (code !== 0) return { why: `its makers' download did not work (${plain(reasonIn(output))})` };
  return { path: lastLine(output) };
}

/** The libraries' own words, without the wrapping of a thrown error. */
function plain(reason: string): string {
  if (/ENOTFOUND|dns error|EAI_AGAIN|error sending request/i.test(reason)) {
    return 'its address cannot be reached from here';
  }
  return reason.replace(/^\[?Error: /, '').replace(/[\s:,.\]]+$/, '');
}

function watchForStall(folder: string, stalled: AbortController): NodeJS.Timeout {
  let bytes = 0;
  let grewAt = performance.now();
  return setInterval(() => {
    void bytesIn(folder).then((now) => {
      if (now > bytes) grewAt = performance.now();
      bytes = now;
      if (performance.now() - grewAt > STALLED_AFTER_MS) stalled.abort();
    });
  }, LOOK_EVERY_MS);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
