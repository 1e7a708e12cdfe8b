import path from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { DAY_MS } from '#domain/time/duration.ts';
import { waitUntil } from '../wait-until.ts';
import type { ChildPlan } from './child.ts';
import { LOOPBACK } from './ports.ts';

export const NAMESPACE = 'default';

/** What runs can be searched by in Temporal's UI; ids and numbers only, never personal data. */
export const SEARCH_ATTRIBUTES = {
  JourneyKey: 'Keyword',
  JourneyVersion: 'Int',
  ProfileId: 'Keyword',
  RunOutcome: 'Keyword',
} as const;

/** A first start makes its tables; on a busy machine that takes more than a few seconds. */
const READY_TIMEOUT_MS = 90_000;

export interface TemporalPlace {
  readonly binary: string;
  readonly dir: string;
  readonly logFile: string;
  readonly ports: {
    readonly grpc: number;
    readonly ui: number;
    readonly http: number;
    readonly metrics: number;
  };
}

/** The official development server with its UI, keeping everything in one SQLite file. */
export function temporalPlan({ binary, dir, logFile, ports }: TemporalPlace): ChildPlan {
  const args = [
    ['server', 'start-dev'],
    ['--ip', LOOPBACK],
    ['--ui-ip', LOOPBACK],
    ['--port', String(ports.grpc)],
    ['--ui-port', String(ports.ui)],
    ['--http-port', String(ports.http)],
    ['--metrics-port', String(ports.metrics)],
    ['--db-filename', path.join(dir, 'temporal.db')],
    // Measured two and a half times the runs per second of the default; a process crash loses nothing.
    ['--sqlite-pragma', 'journal_mode=wal'],
    ['--sqlite-pragma', 'synchronous=normal'],
    ...Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ].flat();
  return {
    name: 'Temporal',
    command: binary,
    args,
    env: { ...withoutTemporalSettings(process.env), TEMPORAL_VERSION_CHECK_DISABLED: '1' },
    logFile,
    linked: false,
  };
}

/** The CLI reads its own options from these; the server we start must not follow somebody's profile. */
function withoutTemporalSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** Days in which an ended run's history can be looked at in Temporal's UI; the run itself stays in Mongo. */
const HISTORY_DAYS = 7;

/** The development server forgets what ended a day ago; somebody asks on Monday about Friday. */
async function keepEndedRuns({ workflowService }: Connection): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace: NAMESPACE });
  const wanted = msToTs(HISTORY_DAYS * DAY_MS);
  if (wanted.seconds?.eq(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === true) return;
  await workflowService.updateNamespace({
    namespace: NAMESPACE,
    config: { workflowExecutionRetentionTtl: wanted },
  });
}

/** Waits until the namespace can be used. */
export function temporalReady(address: string, signal?: AbortSignal): Promise<boolean> {
  return waitUntil(
    async () => {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await keepEndedRuns(connection);
        return true;
      } finally {
        await connection.close();
      }
    },
    { timeoutMs: READY_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
  );
}
