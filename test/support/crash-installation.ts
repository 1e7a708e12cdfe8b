import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '#cli/embedded/ports.ts';
import { waitUntil } from '#cli/wait-until.ts';
import {
  groupRuns,
  signalGroup,
  startKairos,
  type StartedKairos,
  untilReady,
} from '#test/support/start-kairos.ts';

/** The processes of an installation, by the names of their files in the data folder's `run`. */
export const PROCESSES = ['worker', 'api', 'mongodb', 'temporal', 'sandbox'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** Shorter than the product's minute, so that a test need not wait for it. */
const RECEIPT_WAIT_S = 15;
/** A call that hangs on a dead process is repeated. */
const CALL_TIMEOUT_MS = 6_000;
const REPEAT_AFTER_MS = 150;
const END_WITHIN_MS = 15_000;

interface Keys {
  write: string;
  admin: string;
}

/** Kairos as `npm start` runs it, its processes killed one by one or all at once from outside. */
export class CrashInstallation {
  readonly #scratch: string;
  readonly #port: number;
  readonly #started: StartedKairos[] = [];
  #keys: Keys = { write: '', admin: '' };

  private constructor(scratch: string, port: number) {
    this.#scratch = scratch;
    this.#port = port;
  }

  static async make(): Promise<CrashInstallation> {
    const scratch = await mkdtemp(path.join(os.tmpdir(), 'kairos-crash-'));
    const [port = 0] = await freePorts(1);
    return new CrashInstallation(scratch, port);
  }

  get dataDir(): string {
    return path.join(this.#scratch, 'data');
  }

  /** Starts it on its data folder and waits until it is ready. */
  async start(): Promise<void> {
    const kairos = startKairos({
      port: this.#port,
      dataDir: this.dataDir,
      env: { KAIROS_RECEIPT_WAIT_S: String(RECEIPT_WAIT_S), KAIROS_LOG_LEVEL: 'warn' },
    });
    this.#started.push(kairos);
    await untilReady(kairos);
    const keys = await readFile(path.join(this.dataDir, 'keys'), 'utf8');
    const key = (name: string): string =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(keys)?.[1] ?? 'none';
    this.#keys = { write: key('KAIROS_WRITE_KEY'), admin: key('KAIROS_ADMIN_KEY') };
  }

  /** SIGKILL to one process, as the kernel does when memory runs out; false if it is away already. */
  async kill(name: ProcessName): Promise<boolean> {
    const record = await readFile(path.join(this.dataDir, 'run', `${name}.pid`), 'utf8');
    const { pid } = JSON.parse(record) as { pid: number };
    try {
      process.kill(pid, 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }

  /** SIGKILL to every process at once, as when the machine is switched off. */
  async killEverything(): Promise<void> {
    for (const kairos of this.#started) {
      signalGroup(kairos, 'SIGKILL');
      await kairos.exited;
    }
  }

  async stop(): Promise<void> {
    for (const kairos of this.#started) signalGroup(kairos, 'SIGTERM');
    await waitUntil(() => !this.#started.some(groupRuns), { timeoutMs: END_WITHIN_MS });
    for (const kairos of this.#started) signalGroup(kairos, 'SIGKILL');
    if (process.env.KAIROS_TEST_KEEP === undefined) {
      await rm(this.#scratch, { recursive: true, force: true });
    }
  }

  /** What the launcher has printed so far, all starts together. */
  get output(): string {
    return this.#started.map((kairos) => kairos.output()).join('\n');
  }

  /** One tracking call, repeated until it is answered 200, as Segment's clients repeat theirs. */
  async track(body: object, withinMs: number): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${this.#keys.write}:`).toString('base64')}`;
    const giveUpAt = Date.now() + withinMs;
    for (;;) {
      const status = await this.#post('/v1/batch', authorization, body);
      if (status === 200) return;
      if (status !== null && status < 500 && status !== 429) {
        throw new Error(`tracking was refused: ${String(status)}`);
      }
      if (Date.now() > giveUpAt) throw new Error('tracking was not accepted in time');
      await sleep(REPEAT_AFTER_MS);
    }
  }

  async #post(route: string, authorization: string, body: object): Promise<number | null> {
    try {
      const answer = await fetch(`http://127.0.0.1:${String(this.#port)}${route}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return null;
    }
  }

  /** One call with the admin key; throws unless it was answered 2xx. */
  async call<T>(method: string, route: string, body?: object | string): Promise<T> {
    const isText = typeof body === 'string';
    const answer = await fetch(`http://127.0.0.1:${String(this.#port)}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#keys.admin}`,
        'content-type': isText ? 'application/yaml' : 'application/json',
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${String(answer.status)} ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as T;
  }

  /** A list as it can be read now; null while something it needs is away. */
  async list<T>(route: string): Promise<T[] | null> {
    try {
      return (await this.call<{ data: T[] }>('GET', route)).data;
    } catch {
      return null;
    }
  }
}
