import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sandboxEnvironment } from '#sandbox/accounts.ts';
import type { ChildPlan } from './child.ts';
import type { DataFolder } from './data-folder.ts';
import type { Keys } from './keys.ts';
import { LOOPBACK } from './ports.ts';

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything our own programs are told; parts that are not embedded come from the environment. */
export interface Installation {
  readonly folder: DataFolder;
  readonly keys: Keys;
  readonly port: number;
  readonly host: string;
  readonly mongodbUri: string;
  readonly temporal: { readonly address: string; readonly embedded: boolean; readonly ui?: string };
  /** Where the worker's figures and probes are read, on loopback. */
  readonly workerMetricsPort?: number;
  /** Absent when every channel has a real provider. */
  readonly sandboxPort?: number;
}

export function publicUrl({ port }: Pick<Installation, 'port'>): string {
  return `http://${LOOPBACK}:${String(port)}`;
}

/** The environment of the API, the worker and the demo. */
export function ownEnvironment(installation: Installation, env: Environment): Environment {
  const { folder, keys, temporal, sandboxPort } = installation;
  const sandboxUrl =
    sandboxPort === undefined ? undefined : `http://${LOOPBACK}:${String(sandboxPort)}`;
  return {
    KAIROS_PUBLIC_URL: publicUrl(installation),
    // One machine, for one's own eyes: NODE_ENV of a shell makes no production of it.
    KAIROS_ENV: 'development',
    ...(temporal.embedded ? withoutTemporal(env) : { TEMPORAL_NAMESPACE: 'default', ...env }),
    KAIROS_PORT: String(installation.port),
    KAIROS_HOST: installation.host,
    ...keys.variables,
    KAIROS_DATA_DIR: folder.dir,
    MONGODB_URI: installation.mongodbUri,
    TEMPORAL_ADDRESS: temporal.address,
    ...(temporal.ui === undefined ? {} : { KAIROS_TEMPORAL_UI: temporal.ui }),
    ...(sandboxUrl === undefined
      ? {}
      : {
          KAIROS_SANDBOX_URL: sandboxUrl,
          ...sandboxEnvironment(keys.accounts, sandboxUrl, env),
        }),
  };
}

/** A profile of Temporal's environment configuration is for another server than the embedded one. */
function withoutTemporal(env: Environment): Environment {
  const rest = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(rest),
    TEMPORAL_NAMESPACE: 'default',
  };
}

export function apiPlan(installation: Installation, env: Environment): ChildPlan {
  return ownPlan('API', 'api/main.ts', installation.folder, ownEnvironment(installation, env));
}

export function workerPlan(installation: Installation, env: Environment): ChildPlan {
  const { folder, workerMetricsPort } = installation;
  const metrics =
    workerMetricsPort === undefined ? undefined : `${LOOPBACK}:${String(workerMetricsPort)}`;
  return ownPlan('worker', 'worker/main.ts', folder, {
    KAIROS_WORKER_METRICS: metrics,
    ...ownEnvironment(installation, env),
  });
}

/** The sandbox gets its accounts, and the write key to play the customer's phone with. */
export function sandboxPlan(installation: Installation, env: Environment): ChildPlan {
  const { folder, keys, sandboxPort } = installation;
  return ownPlan('sandbox', 'sandbox/main.ts', folder, {
    ...env,
    KAIROS_PUBLIC_URL: env.KAIROS_PUBLIC_URL || publicUrl(installation),
    KAIROS_WRITE_KEY: keys.writeKey,
    SANDBOX_PORT: String(sandboxPort ?? 0),
    SANDBOX_DIR: folder.sandbox,
    SANDBOX_ACCOUNTS: JSON.stringify(keys.accounts),
  });
}

/** How node runs one of our TypeScript programs; the folder on its command line marks it as ours. */
export function ownCommand(entry: string, folder: DataFolder): { command: string; args: string[] } {
  const args = ['--import', import.meta.resolve('tsx'), path.join(ROOT, entry)];
  return { command: process.execPath, args: [...args, `--data-dir=${folder.dir}`] };
}

function ownPlan(name: string, entry: string, folder: DataFolder, env: Environment): ChildPlan {
  return {
    name,
    ...ownCommand(entry, folder),
    env,
    logFile: path.join(folder.logs, `${name.toLowerCase()}.log`),
    linked: true,
  };
}
