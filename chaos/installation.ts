import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '#cli/embedded/ports.ts';
import { waitUntil } from '#cli/wait-until.ts';
import { Disks } from './disks.ts';
import { KairosClient } from './kairos-client.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The processes of an installation, by the names of their files in the data folder's `run`. */
export const PROCESSES = ['worker', 'api', 'mongodb', 'temporal', 'sandbox'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** A first start of a data folder on a busy machine. */
const READY_TIMEOUT_MS = 120_000;
/** An installation ends within fifteen seconds; what does not is ended. */
const END_WITHIN_MS = 20_000;
/**
 * The product's minute, and half of it where the whole may take two: what a provider has to tell
 * waits out a frozen API, and its repeats, within it.
 */
const RECEIPT_WAIT_S = { usual: 60, short: 30 };

/** How long the installation of a run waits for the receipt of a call that was cut off, in s. */
export function receiptWaitS(isShort: boolean): number {
  return isShort ? RECEIPT_WAIT_S.short : RECEIPT_WAIT_S.usual;
}

/** Kairos as `npm start` runs it, in a folder of its own under the system's temporary one. */
export class Installation {
  readonly folder: string;
  readonly disks: Disks;
  readonly #port: number;
  readonly #isShort: boolean;
  #process: ChildProcess | null = null;
  #output = '';

  private constructor(folder: string, port: number, isShort: boolean) {
    this.#isShort = isShort;
    this.folder = folder;
    this.#port = port;
    this.disks = new Disks(path.join(folder, 'data'));
  }

  /** `isShort`: the run takes two minutes or less. */
  static async make(isShort: boolean): Promise<Installation> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'kairos-chaos-'));
    const [port = 0] = await freePorts(1);
    return new Installation(folder, port, isShort);
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  get #dataDir(): string {
    return path.join(this.folder, 'data');
  }

  /** What the launcher printed: which process it started again, and when. */
  get output(): string {
    return this.#output;
  }

  /** Starts everything and waits until it is ready. @throws when it does not get ready */
  async start(): Promise<KairosClient> {
    const args = ['--port', String(this.#port), '--data-dir', this.#dataDir, '--empty'];
    const child = spawn(process.execPath, [path.join(ROOT, 'cli', 'start.mjs'), ...args], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(this.#isShort),
    });
    this.#process = child;
    const keep = (text: string): void => {
      this.#output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const ready = await waitUntil(() => child.exitCode !== null || this.isReady(), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (!ready || child.exitCode !== null) {
      throw new Error(`Kairos did not get ready:\n${this.#output}`);
    }
    const text = await readFile(path.join(this.#dataDir, 'keys'), 'utf8');
    const key = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    return new KairosClient(this.url, {
      write: key('KAIROS_WRITE_KEY'),
      admin: key('KAIROS_ADMIN_KEY'),
    });
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }

  /** The number of the process that runs under this name now; null while its file is not whole. */
  async pidOf(name: ProcessName): Promise<number | null> {
    try {
      const file = path.join(this.#dataDir, 'run', `${name}.pid`);
      const record: unknown = JSON.parse(await readFile(file, 'utf8'));
      const isRecord = typeof record === 'object' && record !== null && 'pid' in record;
      return isRecord && typeof record.pid === 'number' ? record.pid : null;
    } catch {
      return null;
    }
  }

  /** Ends everything and clears up; with `keep` the folder stays. */
  async end(keep: boolean): Promise<void> {
    const child = this.#process;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      for (const signal of ['SIGCONT', 'SIGTERM'] as const) signalGroup(child.pid, signal);
      const late = setTimeout(() => {
        signalGroup(child.pid ?? 0, 'SIGKILL');
      }, END_WITHIN_MS);
      await gone;
      clearTimeout(late);
    }
    if (child?.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    await this.disks.unmount(keep);
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Nothing of this process' own settings reaches the installation, but where binaries are kept. */
function environment(isShort: boolean): NodeJS.ProcessEnv {
  const own = /^(KAIROS_(?!CACHE_DIR)|TEMPORAL_|MONGODB_URI|NODE_OPTIONS|npm_|INIT_CWD|JEST_)/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return {
    ...Object.fromEntries(kept),
    KAIROS_RECEIPT_WAIT_S: String(receiptWaitS(isShort)),
    KAIROS_LOG_LEVEL: 'warn',
  };
}
