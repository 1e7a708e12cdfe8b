import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findBinary } from '#cli/binaries/find-binary.ts';
import { endChild, startChild } from '#cli/embedded/child.ts';
import { becomePrimary, mongodbUri, mongodPlan } from '#cli/embedded/mongod.ts';
import { freePorts, LOOPBACK } from '#cli/embedded/ports.ts';
import { temporalPlan, temporalReady } from '#cli/embedded/temporal-server.ts';
import type { Say } from '#cli/progress.ts';

const GRACE_MS = 8_000;

/** The two servers that everything of a row shares. */
export interface Servers {
  mongodbUri: string;
  temporalAddress: string;
  /** Their processes; empty where they are somebody else's. */
  pids: { mongod?: number; temporal?: number };
  /** Temporal's data folder, where it is known. */
  temporalDir?: string;
  stop(): Promise<void>;
}

/** A new mongod and a new Temporal with the flags of `npm start`, on files of their own. */
export async function startServers(say: Say, signal: AbortSignal): Promise<Servers> {
  const search = { env: process.env, say, signal };
  const temporalBin = await findBinary('temporal', search);
  const mongodBin = await findBinary('mongod', search);
  const dir = await mkdtemp(path.join(os.tmpdir(), 'kairos-bench-'));
  const [mongoDir, temporalDir] = [path.join(dir, 'mongo'), path.join(dir, 'temporal')];
  await Promise.all([mkdir(mongoDir), mkdir(temporalDir)]);
  const [port = 0, grpc = 0, ui = 0, http = 0, metrics = 0] = await freePorts(5);
  const temporalAddress = `${LOOPBACK}:${String(grpc)}`;
  const mongod = startChild(mongodPlan({ binary: mongodBin, dir: mongoDir, port }));
  const logFile = path.join(dir, 'temporal.log');
  const ports = { grpc, ui, http, metrics };
  const temporal = startChild(
    temporalPlan({ binary: temporalBin, dir: temporalDir, logFile, ports }),
  );
  const children = [mongod, temporal];
  const endWithUs = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => endChild(child, GRACE_MS)));
    process.off('exit', endWithUs);
    await rm(dir, { recursive: true, force: true });
  };
  const ready = await Promise.all([
    becomePrimary(port, signal),
    temporalReady(temporalAddress, signal),
  ]);
  if (!ready.every(Boolean)) {
    await stop();
    throw new Error('MongoDB or Temporal did not start');
  }
  return {
    mongodbUri: mongodbUri(port, ''),
    temporalAddress,
    pids: {
      ...(mongod.pid === undefined ? {} : { mongod: mongod.pid }),
      ...(temporal.pid === undefined ? {} : { temporal: temporal.pid }),
    },
    temporalDir,
    stop,
  };
}
