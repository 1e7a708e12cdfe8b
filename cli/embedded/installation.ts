import path from 'node:path';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { usesSandbox } from '#sandbox/accounts.ts';
import { findBinary } from '../binaries/find-binary.ts';
import { LaunchError } from '../launch-error.ts';
import { type Say, withProgress } from '../progress.ts';
import { waitUntil } from '../wait-until.ts';
import type { ChildPlan } from './child.ts';
import type { DataFolder } from './data-folder.ts';
import { choosePorts, type Ports } from './kept-ports.ts';
import type { Keys } from './keys.ts';
import { becomePrimary, mongodbUri, mongodPlan } from './mongod.ts';
import { recordChild } from './orphans.ts';
import { apiPlan, type Installation, publicUrl, sandboxPlan, workerPlan } from './own-programs.ts';
import { LOOPBACK } from './ports.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { SupervisedChild } from './supervised-child.ts';
import { temporalPlan, temporalReady } from './temporal-server.ts';

/** The API answers when the worker's bundle, the indexes and both servers are there. */
const READY_TIMEOUT_MS = 120_000;

/** All of it together stays under the 15 seconds that an end may take. */
const STOP_MS = { programs: 8_500, sandbox: 1_500, servers: 4_000 } as const;

/** Ctrl-C ends the servers at the same time: a worker without them has nothing to wait for. */
const WITHOUT_SERVERS_MS = 2_000;

export interface StartRequest {
  readonly folder: DataFolder;
  readonly keys: Keys;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** All processes of one Kairos on this machine, started and ended in the right order. */
export class RunningInstallation {
  readonly #request: StartRequest;
  readonly #servers: SupervisedChild[] = [];
  readonly #sandbox: SupervisedChild[] = [];
  readonly #programs: SupervisedChild[] = [];

  constructor(request: StartRequest) {
    this.#request = request;
  }

  /**
   * Resolves when `GET /readyz` answers 200.
   * @throws LaunchError or ChildDied when a part does not come up; `stop` is still to be called
   */
  async start(): Promise<Installation> {
    const { folder, keys, port, env, signal } = this.#request;
    const ports = await choosePorts(folder);
    const [mongo, temporal] = await this.#startServers(ports);
    const installation: Installation = {
      folder,
      keys,
      port,
      host: env.KAIROS_HOST || LOOPBACK,
      mongodbUri: mongo,
      temporal,
      workerMetricsPort: ports.workerMetrics,
      ...(usesSandbox(env) ? { sandboxPort: ports.sandbox } : {}),
    };
    await withProgress(this.#request.say, 'Starting Kairos', () => this.#startOwn(installation));
    if (signal.aborted) throw new LaunchError('Stopped before it was ready.');
    for (const child of this.#all()) child.keepAlive();
    return installation;
  }

  /** Ends everything: first who writes, then what they write to. Takes at most 14 seconds. */
  async stop(): Promise<void> {
    for (const child of this.#all()) child.expectEnd();
    void this.#hurry();
    await Promise.all(this.#programs.map((child) => child.stop(STOP_MS.programs)));
    await Promise.all(this.#sandbox.map((child) => child.stop(STOP_MS.sandbox)));
    await Promise.all(this.#servers.map((child) => child.stop(STOP_MS.servers)));
  }

  async #hurry(): Promise<void> {
    if (this.#servers.length === 0) return;
    await Promise.race(this.#servers.map((child) => child.gone()));
    await sleep(WITHOUT_SERVERS_MS);
    for (const child of this.#programs) child.kill();
  }

  #all(): SupervisedChild[] {
    return [...this.#servers, ...this.#sandbox, ...this.#programs];
  }

  async #startServers(ports: Ports): Promise<[string, Installation['temporal']]> {
    const { env, say, signal } = this.#request;
    const search = { env, say, signal };
    const wantsMongo = !env.MONGODB_URI;
    const wantsTemporal = !env.TEMPORAL_ADDRESS;
    const [mongod, temporal] = await Promise.all([
      wantsMongo ? findBinary('mongod', search) : undefined,
      wantsTemporal ? findBinary('temporal', search) : undefined,
    ]);
    return withProgress(say, 'Starting MongoDB and Temporal', () =>
      Promise.all([this.#startMongo(mongod, ports), this.#startTemporal(temporal, ports)]),
    );
  }

  async #startMongo(binary: string | undefined, ports: Ports): Promise<string> {
    const { folder, env, signal } = this.#request;
    if (binary === undefined) return env.MONGODB_URI ?? '';
    const child = this.#launch(
      this.#servers,
      mongodPlan({ binary, dir: folder.mongo, port: ports.mongo }),
    );
    await this.#ready(child, becomePrimary(ports.mongo, signal));
    return mongodbUri(ports.mongo);
  }

  async #startTemporal(
    binary: string | undefined,
    ports: Ports,
  ): Promise<Installation['temporal']> {
    const { folder, env, say, signal } = this.#request;
    if (binary === undefined) {
      const ui = env.KAIROS_TEMPORAL_UI;
      await registerSearchAttributes(say);
      const address = env.TEMPORAL_ADDRESS ?? '';
      return { address, embedded: false, ...(ui ? { ui } : {}) };
    }
    const address = `${LOOPBACK}:${String(ports.temporal)}`;
    const child = this.#launch(
      this.#servers,
      temporalPlan({
        binary,
        dir: folder.temporal,
        logFile: path.join(folder.logs, 'temporal.log'),
        ports: {
          grpc: ports.temporal,
          ui: ports.temporalUi,
          http: ports.temporalHttp,
          metrics: ports.temporalMetrics,
        },
      }),
    );
    await this.#ready(child, temporalReady(address, signal));
    return { address, embedded: true, ui: `http://${LOOPBACK}:${String(ports.temporalUi)}` };
  }

  async #startOwn(installation: Installation): Promise<void> {
    const { env, signal } = this.#request;
    const { sandboxPort } = installation;
    if (sandboxPort !== undefined) {
      const sandbox = this.#launch(this.#sandbox, sandboxPlan(installation, env));
      const listening = (): Promise<boolean> => accepts(sandboxPort);
      await this.#ready(sandbox, waitUntil(listening, { timeoutMs: READY_TIMEOUT_MS, signal }));
    }
    const worker = this.#launch(this.#programs, workerPlan(installation, env));
    const api = this.#launch(this.#programs, apiPlan(installation, env));
    const url = `${publicUrl(installation)}/readyz`;
    const answers = waitUntil(async () => (await fetch(url)).status === 200, {
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: 200,
      signal,
    });
    await Promise.race([this.#ready(api, answers), worker.failed]);
  }

  #launch(group: SupervisedChild[], plan: ChildPlan): SupervisedChild {
    const { folder, say, signal } = this.#request;
    if (signal.aborted) throw new LaunchError('Stopped before it was ready.');
    const child = new SupervisedChild(plan, {
      say,
      onStart: (name, pid) => recordChild(folder, name, pid),
    });
    group.push(child);
    return child;
  }

  async #ready(child: SupervisedChild, answers: Promise<boolean>): Promise<void> {
    if (await Promise.race([answers, child.failed])) return;
    if (this.#request.signal.aborted) throw new LaunchError('Stopped before it was ready.');
    throw new LaunchError(
      `${child.plan.name} runs but does not get ready. Its log says why: ${child.plan.logFile}`,
    );
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
