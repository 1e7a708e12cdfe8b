import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findBinary } from '#cli/binaries/find-binary.ts';
import { type ChildPlan, ended, startChild } from '#cli/embedded/child.ts';
import { becomePrimary, mongodbUri, mongodPlan } from '#cli/embedded/mongod.ts';
import { freePorts, LOOPBACK } from '#cli/embedded/ports.ts';
import { temporalPlan, temporalReady } from '#cli/embedded/temporal-server.ts';

/** A test holds little data. */
const CACHE_GB = 0.25;

/** One server that can be taken away and brought back on its port and its data. */
class CrashServer {
  readonly #plan: ChildPlan;
  readonly #ready: () => Promise<boolean>;
  #child: ChildProcess | undefined;

  constructor(plan: ChildPlan, ready: () => Promise<boolean>) {
    this.#plan = plan;
    this.#ready = ready;
  }

  async start(): Promise<void> {
    const child = startChild(this.#plan);
    const endWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    this.#child = child;
    if (!(await this.#ready())) throw new Error(`${this.#plan.name} did not get ready`);
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }
}

/** A mongod and a Temporal for one test alone, which may take them away. */
export interface CrashServers {
  readonly mongod: CrashServer;
  readonly temporal: CrashServer;
  readonly mongodbUri: string;
  readonly temporalAddress: string;
  stop(): Promise<void>;
}

export async function startCrashServers(): Promise<CrashServers> {
  const search = {
    env: process.env,
    say: () => undefined,
    signal: new AbortController().signal,
  };
  const [mongodBin, temporalBin, dir, ports] = await Promise.all([
    findBinary('mongod', search),
    findBinary('temporal', search),
    mkdtemp(path.join(os.tmpdir(), 'kairos-crash-servers-')),
    freePorts(5),
  ]);
  const [mongo = 0, grpc = 0, ui = 0, http = 0, metrics = 0] = ports;
  const dirs = { mongo: path.join(dir, 'mongo'), temporal: path.join(dir, 'temporal') };
  await Promise.all(Object.values(dirs).map((one) => mkdir(one)));
  const temporalAddress = `${LOOPBACK}:${String(grpc)}`;
  const mongod = new CrashServer(
    mongodPlan({ binary: mongodBin, dir: dirs.mongo, port: mongo, cacheGb: CACHE_GB }),
    () => becomePrimary(mongo),
  );
  const logFile = path.join(dir, 'temporal.log');
  const temporal = new CrashServer(
    temporalPlan({
      binary: temporalBin,
      dir: dirs.temporal,
      logFile,
      ports: { grpc, ui, http, metrics },
    }),
    () => temporalReady(temporalAddress),
  );
  await Promise.all([mongod.start(), temporal.start()]);
  return {
    mongod,
    temporal,
    mongodbUri: mongodbUri(mongo, ''),
    temporalAddress,
    async stop() {
      await Promise.all([mongod.kill(), temporal.kill()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
