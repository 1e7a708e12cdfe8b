import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeAddress } from './embedded/address.ts';
import { endChild } from './embedded/child.ts';
import { type DataFolder, openDataFolder } from './embedded/data-folder.ts';
import { RunningInstallation } from './embedded/installation.ts';
import { type Keys, openKeys } from './embedded/keys.ts';
import { takeLock } from './embedded/lock.ts';
import { endOrphans, forgetChildren } from './embedded/orphans.ts';
import {
  type Installation,
  ownCommand,
  ownEnvironment,
  publicUrl,
} from './embedded/own-programs.ts';
import { LOOPBACK, portProblem } from './embedded/ports.ts';
import { ChildDied } from './embedded/supervised-child.ts';
import { LaunchError } from './launch-error.ts';
import type { Say } from './progress.ts';

export interface UpOptions {
  readonly port: number;
  /** As the person typed it; relative to the folder they were in. */
  readonly dataDir: string;
  /** No demo shop in a new data folder. */
  readonly empty: boolean;
}

/** npm does not always pass signals on, and can be killed itself: its death is looked for this often. */
const PARENT_LOOK_EVERY_MS = 500;

const DEMO = 'cli/demo.ts';

const DEMO_GRACE_MS = 500;

const say: Say = (line) => {
  console.log(line);
};

/**
 * Runs an installation until a signal comes. Resolves when everything has ended; problems are
 * printed and set the exit code.
 */
export async function up(options: UpOptions): Promise<void> {
  const stop = new AbortController();
  endOnSignals(stop);
  const watch = endWithNpm(stop);
  try {
    await session(options, stop.signal);
  } catch (error) {
    const known = error instanceof LaunchError || error instanceof ChildDied;
    if (!stop.signal.aborted) {
      console.error(known ? error.message : error);
      process.exitCode = 1;
    }
  } finally {
    clearInterval(watch);
  }
  // Nothing is left to do: a handle that somebody forgot must not keep the terminal.
  process.exit();
}

function endOnSignals(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) say('Ending …');
      stop.abort();
    });
  }
  // A terminal that is gone must not take the servers' orderly end with it.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (error) => {
    console.error(error);
    process.exitCode = 1;
    stop.abort();
  });
}

/** Under `npm start` and `npx` the death of npm, or of its shell, is the end of this too. */
function endWithNpm(stop: AbortController): NodeJS.Timeout | undefined {
  if (!['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) return undefined;
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) stop.abort();
  }, PARENT_LOOK_EVERY_MS);
}

async function session(options: UpOptions, signal: AbortSignal): Promise<void> {
  const folder = await openDataFolder(absolute(options.dataDir));
  const release = await takeLock(folder);
  try {
    await endOrphans(folder, say);
    await assertPortFree(options.port, process.env.KAIROS_HOST || LOOPBACK);
    const keys = await openKeys(folder, process.env);
    await writeAddress(folder.run, publicUrl(options));
    if (keys.isNew) markFirstStart(folder, options.empty);
    const request = { folder, keys, port: options.port, env: process.env, say, signal };
    const running = new RunningInstallation(request);
    try {
      const installation = await running.start();
      const first = existsSync(folder.firstStart) ? readFileSync(folder.firstStart, 'utf8') : '';
      rmSync(folder.firstStart, { force: true });
      // A start that never got ready showed no keys: they are shown once, and seen.
      printWhereToLook(installation, first === '' ? undefined : keys);
      const isCutOff = !options.empty && existsSync(folder.demoShop);
      if (first === 'demo' || isCutOff) await demo(installation, first === 'demo', signal);
      await aborted(signal);
    } finally {
      await running.stop();
      await forgetChildren(folder);
    }
  } finally {
    await release();
  }
}

function markFirstStart(folder: DataFolder, empty: boolean): void {
  // The shop's mark outlives this start: one that is cut off in the middle is gone on with.
  if (!empty) writeFileSync(folder.demoShop, '');
  writeFileSync(folder.firstStart, empty ? 'empty' : 'demo');
}

/** npm runs us in the package's folder; what the person typed is relative to where they were. */
function absolute(dataDir: string): string {
  const typed = process.argv.some((argument) => argument.startsWith('--data-dir'));
  const underNpm = process.env.npm_lifecycle_event === 'start';
  const from = typed && underNpm ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
  return path.resolve(from, dataDir);
}

async function assertPortFree(port: number, host: string): Promise<void> {
  const problem = await portProblem(port, host);
  if (problem === undefined) return;
  if (problem === 'EADDRINUSE') {
    throw new LaunchError(
      `Port ${String(port)} is in use by another program. Take another one: npm start -- --port ${String(port === 65_535 ? port - 1 : port + 1)}`,
    );
  }
  throw new LaunchError(
    `Port ${String(port)} on ${host} cannot be used (${problem}). Take another one: npm start -- --port 8080`,
  );
}

function printWhereToLook(installation: Installation, newKeys: Keys | undefined): void {
  const { folder, temporal, sandboxPort } = installation;
  const url = publicUrl(installation);
  const lines = [
    '',
    'Kairos is ready.',
    `  API             ${url}`,
    `  documentation   ${url}/docs`,
    `  Temporal UI     ${temporal.ui ?? `of the Temporal at ${temporal.address}`}`,
    sandboxPort === undefined
      ? '  sandbox         not in use: every channel has a real provider'
      : `  sandbox inbox   ${url}/sandbox/ (asks for the admin key)`,
    ...(sandboxPort === undefined ? [] : [`  demo page       ${url}/demo`]),
    ...(newKeys === undefined
      ? []
      : [`  write key       ${newKeys.writeKey}`, `  admin key       ${newKeys.adminKey}`]),
    `  keys            ${folder.keysFile}`,
    `  logs            ${folder.logs}`,
    'Ctrl-C ends it; the next start goes on where this one was.',
    '',
  ];
  say(lines.join('\n'));
}

/** Opens the demo shop, or brings in the rest of it; `withStory` in a new installation. */
async function demo(
  installation: Installation,
  withStory: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(fileURLToPath(new URL('demo.ts', import.meta.url)))) return;
  const { folder } = installation;
  const env = { ...ownEnvironment(installation, process.env), KAIROS_DEMO_SHOP: folder.demoShop };
  const { command, args } = ownCommand(DEMO, folder);
  if (!withStory) args.push('--no-story');
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  const code = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => {
      resolve(1);
    });
  });
  const finished = await Promise.race([code, aborted(signal).then(() => 0)]);
  if (finished !== 0) say('The demo did not finish; everything else runs on.');
  await endChild(child, DEMO_GRACE_MS);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // The timer keeps this process alive as long as there is nothing else to wait for.
  await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
}
