/**
 * The servers of one test run: a real mongod and a real Temporal on free loopback ports and a folder
 * of their own. Started by global-setup.mjs as a process of its own, which ends its servers when it
 * is told to or when its parent is gone, however that ended.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findBinary } from '#cli/binaries/find-binary.ts';
import { endChild, startChild } from '#cli/embedded/child.ts';
import { becomePrimary, mongodbUri, mongodPlan } from '#cli/embedded/mongod.ts';
import { freePorts, LOOPBACK } from '#cli/embedded/ports.ts';
import { temporalPlan, temporalReady } from '#cli/embedded/temporal-server.ts';
import { withProgress } from '#cli/progress.ts';

/** Tests hold little data; several runs may share a machine. */
const CACHE_GB = 0.25;

const GRACE_MS = 8_000;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const stopping = new AbortController();
const search = { env: process.env, say, signal: stopping.signal };
const temporalBin = await findBinary('temporal', search);
const mongodBin = await findBinary('mongod', search);

const dir = await mkdtemp(path.join(os.tmpdir(), 'kairos-test-'));
await mkdir(path.join(dir, 'mongo'));
await mkdir(path.join(dir, 'temporal'));
const [mongo = 0, grpc = 0, ui = 0, http = 0, metrics = 0] = await freePorts(5);
const temporalAddress = `${LOOPBACK}:${String(grpc)}`;

const place = { dir: path.join(dir, 'mongo'), port: mongo, cacheGb: CACHE_GB };
const plan = mongodPlan({ binary: mongodBin, ...place });
// MongoDB looks once a minute for what has expired: longer than a test should wait.
const oftenLooking = [...plan.args, '--setParameter', 'ttlMonitorSleepSecs=1'];
const children = [
  startChild({ ...plan, args: oftenLooking }),
  startChild(
    temporalPlan({
      binary: temporalBin,
      dir: path.join(dir, 'temporal'),
      logFile: path.join(dir, 'temporal.log'),
      ports: { grpc, ui, http, metrics },
    }),
  ),
];

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  await Promise.all(children.map((child) => endChild(child, GRACE_MS)));
  await rm(dir, { recursive: true, force: true });
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());

const ready = await withProgress(say, 'Starting MongoDB and Temporal for the tests', () =>
  Promise.all([
    becomePrimary(mongo, stopping.signal),
    temporalReady(temporalAddress, stopping.signal),
  ]),
);
// A stop that came meanwhile ends this process itself, when everything is tidied up.
if (!stopping.signal.aborted && !ready.every(Boolean)) {
  say(`The servers of the tests did not start; their logs are in ${dir}.`);
  await Promise.all(children.map((child) => endChild(child, GRACE_MS)));
  process.exit(1);
}
process.send?.({
  KAIROS_TEST_MONGODB_URI: mongodbUri(mongo, ''),
  KAIROS_TEST_TEMPORAL_ADDRESS: temporalAddress,
  KAIROS_TEST_TEMPORAL_BIN: temporalBin,
  KAIROS_TEST_MONGOD_BIN: mongodBin,
});
