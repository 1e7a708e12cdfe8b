import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from '#platform/logger.ts';

/** Sets up Temporal's SDK for this process; `temporalMetrics`: where it tells its own counts. */
export function installRuntime(logger: Logger, temporalMetrics: string | null): void {
  Runtime.install({
    // The SDK's own lines quote workflow inputs at debug level; its warnings name ids only.
    logger: new DefaultLogger('WARN', ({ level, message }) => {
      // Queues of sends and of the router run activities only; the SDK wonders at each of them.
      if (message.startsWith('No workflows registered')) return;
      logger.warn({ sdk: level }, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(temporalMetrics !== null && { metrics: { prometheus: exporterAt(temporalMetrics) } }),
    },
    shutdownSignals: [],
  });
}

/** Seconds, `_total` and units in the names, as Prometheus wants them and our own figures have them. */
function exporterAt(bindAddress: string): {
  bindAddress: string;
  countersTotalSuffix: boolean;
  unitSuffix: boolean;
  useSecondsForDurations: boolean;
} {
  return {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  };
}
