import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { z } from 'zod';
import type { Mongo } from '#platform/mongo.ts';
import type { Client } from '@temporalio/client';

/** On what a result was measured. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
}

export function describeMachine(): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
  };
}

/** With what. */
export interface Versions {
  node: string;
  mongod: string;
  temporal: string;
  temporalSdk: string;
}

const Package = z.object({ version: z.string() });

export async function describeVersions(mongo: Mongo, client: Client): Promise<Versions> {
  const [build, system] = await Promise.all([
    mongo.db.admin().command({ buildInfo: 1 }),
    client.workflowService.getSystemInfo({}),
  ]);
  const sdk = createRequire(import.meta.url).resolve('@temporalio/worker/package.json');
  return {
    node: process.versions.node,
    mongod: String(build.version),
    temporal: system.serverVersion,
    temporalSdk: Package.parse(JSON.parse(readFileSync(sdk, 'utf8'))).version,
  };
}

/** Of which code. */
export interface Commit {
  /** Abbreviated hash; `unknown` where this is no clone. */
  id: string;
  /** Something was changed since, other than results: a run before this one leaves one. */
  isDirty: boolean;
}

export function describeCommit(): Commit {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return {
      id: git('rev-parse', '--short', 'HEAD'),
      isDirty: git('status', '--porcelain', '--', '.', ':!bench/results') !== '',
    };
  } catch {
    return { id: 'unknown', isDirty: true };
  }
}
