import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '#cli/wait-until.ts';

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** A first start of a data folder on a busy machine. */
const READY_TIMEOUT_MS = 90_000;

/** Kairos as somebody on this machine starts it: a process group of its own. */
export interface StartedKairos {
  readonly process: ChildProcess;
  readonly url: string;
  /** Everything it has written so far. */
  readonly output: () => string;
  /** Resolves with the exit code when the started process is gone. */
  readonly exited: Promise<number | null>;
}

export interface StartRequest {
  readonly port: number;
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** `npm start` instead of the program behind it. */
  readonly npm?: boolean;
}

/** Starts it and returns at once; nothing of this test run's own settings reaches it. */
export function startKairos({
  port,
  dataDir,
  args = ['--empty'],
  env = {},
  npm = false,
}: StartRequest): StartedKairos {
  const options = ['--port', String(port), '--data-dir', dataDir, ...args];
  const [command, words] = npm
    ? ['npm', ['start', '--', ...options]]
    : [process.execPath, [path.join(ROOT, 'cli', 'start.mjs'), ...options]];
  const child = spawn(command, words, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...foreignEnvironment(), ...env },
  });
  let written = '';
  const keep = (chunk: string): void => {
    written += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exited = once(child, 'close').then(() => child.exitCode);
  return { process: child, url: `http://127.0.0.1:${String(port)}`, output: () => written, exited };
}

/** Waits for `GET /readyz`; throws with what was written when that does not come. */
export async function untilReady(kairos: StartedKairos): Promise<void> {
  const ready = await waitUntil(
    async () => {
      if (kairos.process.exitCode !== null) return true;
      return (await fetch(`${kairos.url}/readyz`)).status === 200;
    },
    { timeoutMs: READY_TIMEOUT_MS },
  );
  if (!ready || kairos.process.exitCode !== null) {
    throw new Error(`Kairos did not get ready:\n${kairos.output()}`);
  }
}

/** True while any process of its group is left. */
export function groupRuns(kairos: StartedKairos): boolean {
  return signalGroup(kairos, 0);
}

/** Sends to the whole process group; false when nobody is left. */
export function signalGroup(
  { process: child }: StartedKairos,
  signal: NodeJS.Signals | 0,
): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch {
    return false;
  }
}

function foreignEnvironment(): NodeJS.ProcessEnv {
  const own = /^(KAIROS_(?!CACHE_DIR)|TEMPORAL_|MONGODB_URI|NODE_OPTIONS|npm_|INIT_CWD|JEST_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
