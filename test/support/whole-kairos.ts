import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { makeSandboxAccounts, sandboxEnvironment } from '#sandbox/accounts.ts';
import type { Rule } from '#sandbox/rules.ts';
import { freePort } from './sandbox-process.ts';
import { makeNamespace } from './make-namespace.ts';
import type { InboxView, MessageView, RunView } from './views.ts';

const PARTS = ['sandbox', 'api', 'worker'] as const;
export type Part = (typeof PARTS)[number];

const ADMIN_KEY = 'admin-key-of-whole-kairos';
const WRITE_KEY = 'write-key-of-whole-kairos';
const READY_MS = 60_000;
/**
 * A wait is given up after this. Two installations share two cores in a whole run, and a killed worker's
 * work comes back after its heartbeats: what takes longer than a minute hangs.
 */
const PATIENCE_MS = 60_000;
/** Characters of each log that are shown when it does not get ready. */
const LOG_TAIL = 2_000;

/**
 * A whole Kairos on the test run's servers: sandbox, API and worker as processes of their own, with
 * a database and a Temporal namespace that nobody else uses, driven over HTTP as a shop would.
 */
export class WholeKairos {
  readonly url: string;
  readonly namespace: string;
  readonly mongo: Mongo;
  readonly temporal: Client;
  readonly #parts = new Map<Part, ChildProcess>();
  readonly #env: Record<string, string>;
  readonly #dir: string;

  private constructor(parts: Pick<WholeKairos, 'url' | 'namespace' | 'mongo' | 'temporal'> & Own) {
    this.url = parts.url;
    this.namespace = parts.namespace;
    this.mongo = parts.mongo;
    this.temporal = parts.temporal;
    this.#env = parts.env;
    this.#dir = parts.dir;
  }

  /** `servers` are the test run's own unless a test has started some for itself to kill. */
  static async start(
    name: string,
    servers: { mongodbUri?: string; temporalAddress?: string; env?: Record<string, string> } = {},
  ): Promise<WholeKairos> {
    const mongodbUri = servers.mongodbUri ?? needed('KAIROS_TEST_MONGODB_URI');
    const address = servers.temporalAddress ?? needed('KAIROS_TEST_TEMPORAL_ADDRESS');
    const uri = mongodbUri.replace(/\/(\?|$)/, `/${name}$1`);
    const dir = await mkdtemp(path.join(tmpdir(), `kairos-${name}-`));
    const [port, sandboxPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${String(port)}`;
    const sandboxUrl = `http://127.0.0.1:${String(sandboxPort)}`;
    const accounts = makeSandboxAccounts();
    const [mongo, connection] = await Promise.all([
      connectMongo(uri),
      Connection.connect({ address }),
    ]);
    await mongo.db.dropDatabase();
    const env = {
      PATH: process.env.PATH ?? '',
      KAIROS_PORT: String(port),
      KAIROS_PUBLIC_URL: url,
      KAIROS_ADMIN_KEY: ADMIN_KEY,
      KAIROS_WRITE_KEY: WRITE_KEY,
      KAIROS_LOG_LEVEL: process.env.KAIROS_TEST_LOG_LEVEL ?? 'error',
      KAIROS_SANDBOX_URL: sandboxUrl,
      KAIROS_TEMPORAL_UI: 'http://127.0.0.1:8233',
      MONGODB_URI: uri,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: name,
      SANDBOX_PORT: String(sandboxPort),
      SANDBOX_DIR: path.join(dir, 'sandbox'),
      SANDBOX_ACCOUNTS: JSON.stringify(accounts),
      ...sandboxEnvironment(accounts, sandboxUrl, {}),
      ...servers.env,
    };
    const temporal = new Client({ connection, namespace: name });
    const whole = new WholeKairos({ url, namespace: name, mongo, temporal, env, dir });
    // The namespace is the worker's only, and takes a second: the others load meanwhile.
    whole.run('sandbox');
    whole.run('api');
    await makeNamespace(connection, name);
    whole.run('worker');
    await whole.ready().catch(async (error: unknown) => {
      for (const log of await whole.logs()) process.stderr.write(log.slice(-LOG_TAIL));
      await whole.stop();
      throw error;
    });
    return whole;
  }

  /** Starts one of its processes, told something else where `env` says so; returns at once. */
  run(part: Part, env: Record<string, string> = {}): void {
    const log = openSync(this.#logFile(part), 'a');
    const isKept = this.#env.KAIROS_LOG_LEVEL === 'trace';
    const out = isKept ? log : 'inherit';
    const child = spawn(process.execPath, ['--import', 'tsx', `${part}/main.ts`], {
      env: { ...this.#env, ...env },
      stdio: ['ignore', out, out],
    });
    closeSync(log);
    const endWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    this.#parts.set(part, child);
  }

  /** Everything its processes have written so far; kept at log level trace only. */
  async logs(): Promise<string[]> {
    return Promise.all(PARTS.map((part) => readFile(this.#logFile(part), 'utf8')));
  }

  #logFile(part: Part): string {
    return path.join(this.#dir, `${part}.log`);
  }

  /** Ends one of its processes at once, as a crash would. */
  async kill(part: Part): Promise<void> {
    const child = this.#parts.get(part);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Asks one of its processes to end, as whoever upgrades it does; answers its exit code. */
  async end(part: Part): Promise<number | null> {
    const child = this.#parts.get(part);
    if (child === undefined) throw new Error(`${part} does not run`);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    return child.exitCode;
  }

  /** The process id of one of its processes. */
  pid(part: Part): number {
    return this.#parts.get(part)?.pid ?? NaN;
  }

  /** What its processes are told, for one that is to stand beside them. */
  get environment(): Readonly<Record<string, string>> {
    return this.#env;
  }

  async ready(): Promise<void> {
    await this.until(
      'ready',
      async () => {
        const answer = await fetch(`${this.url}/readyz`).catch(() => null);
        return answer?.status === 200 ? true : null;
      },
      READY_MS,
    );
  }

  /** Its data goes with it, so nothing has to end in order: test/launcher.test.ts shows that one. */
  async stop(): Promise<void> {
    await Promise.all(PARTS.map((part) => this.kill(part)));
    await this.mongo.db.dropDatabase();
    await this.mongo.close();
    await this.temporal.connection.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** One call with the admin key; the answer's JSON. Throws with the problem on 4xx and 5xx. */
  async call<T = Record<string, unknown>>(
    method: string,
    route: string,
    body?: string | object,
  ): Promise<T> {
    const isText = typeof body === 'string';
    const answer = await fetch(`${this.url}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body === undefined
          ? {}
          : { 'content-type': isText ? 'application/yaml' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${String(answer.status)} ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as T;
  }

  readonly trackingHeaders = {
    authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
    'content-type': 'application/json',
  };

  /** One tracking call as Segment's clients make it; throws unless it was accepted. */
  async track(kind: 'identify' | 'track' | 'alias' | 'batch', body: object): Promise<void> {
    const answer = await fetch(`${this.url}/v1/${kind}`, {
      method: 'POST',
      headers: this.trackingHeaders,
      body: JSON.stringify(body),
    });
    if (answer.status !== 200)
      throw new Error(`${kind}: ${String(answer.status)} ${await answer.text()}`);
  }

  /** Publishes a definition (an object, or a journey of the library by name with changes). */
  async publish(
    definition: { key: string } & Record<string, unknown>,
  ): Promise<{ warnings: { pointer: string; detail: string }[] }> {
    await this.call('PUT', `/v1/journeys/${definition.key}`, stringify(definition));
    return this.call('POST', `/v1/journeys/${definition.key}/publish`);
  }

  async putLibraryTemplates(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.call(
        'PUT',
        `/v1/templates/${key}`,
        await readFile(`library/templates/${key}.yaml`, 'utf8'),
      );
    }
  }

  async rules(...rules: Rule[]): Promise<void> {
    await this.call('PUT', '/sandbox/rules', rules);
  }

  async runs(query: string): Promise<RunView[]> {
    return (await this.call<{ data: RunView[] }>('GET', `/v1/runs?limit=1000&${query}`)).data;
  }

  async messages(query: string): Promise<MessageView[]> {
    return (await this.call<{ data: MessageView[] }>('GET', `/v1/messages?limit=1000&${query}`))
      .data;
  }

  async inbox(to: string): Promise<InboxView[]> {
    const query = `/sandbox/inbox?to=${encodeURIComponent(to)}`;
    return (await this.call<{ data: InboxView[] }>('GET', query)).data;
  }

  /** The path of a person's only run of a journey, once it has ended, as `step:outcome -> …`. */
  async endedRun(journey: string, profile: string, withinMs = PATIENCE_MS): Promise<RunView> {
    return this.until(
      `the end of ${journey}`,
      async () => {
        const [run] = await this.runs(`journey=${journey}&profile=${encodeURIComponent(profile)}`);
        return run !== undefined && run.status !== 'running' ? run : null;
      },
      withinMs,
    );
  }

  /** Asks again until there is an answer; throws after `withinMs`, naming what was awaited. */
  async until<T>(what: string, ask: () => Promise<T | null>, withinMs = PATIENCE_MS): Promise<T> {
    const giveUpAt = Date.now() + withinMs;
    for (;;) {
      const answer = await ask();
      if (answer !== null) return answer;
      if (Date.now() > giveUpAt) throw new Error(`waited ${String(withinMs)} ms for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

interface Own {
  env: Record<string, string>;
  dir: string;
}

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}
