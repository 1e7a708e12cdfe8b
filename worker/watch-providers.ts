import { hostname } from 'node:os';
import type { Db } from 'mongodb';
import { createFailover, type Failover } from '#channels/failover.ts';
import type { ProviderLines } from '#channels/providers.ts';
import { createProviderHealthStore } from '#messages/provider-health-store.ts';
import { systemClock } from '#platform/clock.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import { measureProviders } from './metrics/measure-providers.ts';
import type { WorkerMetrics } from './metrics/worker-metrics.ts';

/** How often a worker says what it sees, in ms. */
const SAY_MS = 5_000;

/** The providers with their calls counted, and who of them is well: in figures, and told to the API. */
export function watchProviders(
  lines: ProviderLines,
  { db, metrics, logger }: { db: Db; metrics: WorkerMetrics; logger: Logger },
): Failover & { stop(): void } {
  const failover = createFailover(measureProviders(lines, metrics), systemClock);
  metrics.watchBreakers(() => failover.states());
  const store = createProviderHealthStore(db, systemClock);
  const worker = `${hostname()}/${String(process.pid)}`;
  const say = (): void => {
    store.note(worker, failover.states()).catch((error: unknown) => {
      logger.warn({ code: errorCode(error) }, 'health of providers was not written');
    });
  };
  const timer = setInterval(say, SAY_MS);
  say();
  return {
    ...failover,
    stop: () => {
      clearInterval(timer);
    },
  };
}
