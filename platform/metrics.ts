import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * The figures of one process for Prometheus, with Node's own (event loop, memory, garbage
 * collection) where asked for. Every name of ours begins with `kairos_`; units are last in it.
 */
export function createRegistry({ withProcess }: { withProcess: boolean }): Registry {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  return registry;
}

/** Buckets of durations in seconds, from a read in memory to the longest call that is waited for. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Buckets of delays in seconds: from at once to an outage of an hour. */
export const LAG_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600,
];
