import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ProviderState } from '#channels/failover.ts';
import { boundedLabel } from '#platform/metrics/bounded-label.ts';
import { DURATION_BUCKETS, LAG_BUCKETS } from '#platform/metrics.ts';

/** Journeys told apart; a shop has dozens, and each one is several time series. */
const JOURNEYS_MAX = 200;
/** Different ends told apart, over all journeys: they are words of the journeys' own. */
const OUTCOMES_MAX = 500;

/** Up to the 1,000 events that are folded in one transaction. */
const BATCH_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 300, 1_000];

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** What a worker counts. Labels are words of our own or keys of journeys, never of a customer. */
export function createWorkerMetrics(registry: Registry) {
  return {
    journeyLabel: boundedLabel(JOURNEYS_MAX),
    outcomeLabel: boundedLabel(OUTCOMES_MAX),
    ...routerMetrics(registry),
    ...runMetrics(registry),
    ...messageMetrics(registry),
    ...webhookMetrics(registry),
    watchBreakers: breakerMetric(registry),
  };
}

/** 0 healthy, 1 being tried again, 2 left alone. */
const BREAKER_VALUES = { closed: 0, halfOpen: 1, open: 2 } as const;

/** How providers stand is asked for when the figures are. */
function breakerMetric(registry: Registry): (states: () => ProviderState[]) => void {
  return (states) => {
    new Gauge({
      name: 'kairos_provider_breaker',
      help: 'Whether a provider is healthy (0), being tried again (1) or left alone (2).',
      labelNames: ['provider', 'channel'] as const,
      registers: [registry],
      collect() {
        for (const { provider, channel, state } of states()) {
          this.set({ provider, channel }, BREAKER_VALUES[state]);
        }
      },
    });
  };
}

function routerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    batchEvents: new Histogram({
      name: 'kairos_apply_batch_events',
      help: 'Events applied in one transaction.',
      buckets: BATCH_BUCKETS,
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'kairos_apply_batch_duration_seconds',
      help: 'Time of a transaction that applied events, with its repeats.',
      buckets: DURATION_BUCKETS,
      registers,
    }),
    routed: new Counter({
      name: 'kairos_events_routed_total',
      help: 'Events whose runs were started and told.',
      registers,
    }),
    lag: new Histogram({
      name: 'kairos_router_lag_seconds',
      help: 'Time from taking an event in to having told its runs.',
      buckets: LAG_BUCKETS,
      registers,
    }),
    setAside: new Counter({
      name: 'kairos_events_set_aside_total',
      help: 'Events that could not be applied because of a fault of Kairos itself.',
      registers,
    }),
    putOff: new Counter({
      name: 'kairos_profiles_put_off_total',
      help: 'Profiles that could not be looked at when their instant came, for such a fault.',
      registers,
    }),
    transactions: new Counter({
      name: 'kairos_transactions_total',
      help: 'Transactions of the event path: committed, fenced (another writer was faster), failed.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    retries: new Counter({
      name: 'kairos_transaction_retries_total',
      help: 'Repeats of transactions by the driver, because two writers met or a server was away.',
      registers,
    }),
    streamRestarts: new Counter({
      name: 'kairos_change_stream_restarts_total',
      help: 'How often the change stream that wakes the router broke off and was opened again.',
      registers,
    }),
  };
}

function runMetrics(registry: Registry) {
  const registers = [registry];
  return {
    runsStarted: new Counter({
      name: 'kairos_runs_started_total',
      help: 'Runs that customers entered, by journey.',
      labelNames: ['journey'] as const,
      registers,
    }),
    runsEnded: new Counter({
      name: 'kairos_runs_ended_total',
      help: 'Runs that ended, by journey, status and outcome.',
      labelNames: ['journey', 'status', 'outcome'] as const,
      registers,
    }),
    runsFailed: new Counter({
      name: 'kairos_runs_failed_total',
      help: 'Runs that ended by a fault, or were ended in Temporal itself.',
      registers,
    }),
    runsRevived: new Counter({
      name: 'kairos_runs_revived_total',
      help: 'Runs that go on in a new workflow because theirs failed in Temporal.',
      registers,
    }),
  };
}

function webhookMetrics(registry: Registry) {
  const registers = [registry];
  return {
    webhookTries: new Counter({
      name: 'kairos_webhook_tries_total',
      help: 'Tries to tell webhook endpoints of events: delivered, retry, failed (given up), gone.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhookCalls: new Counter({
      name: 'kairos_webhook_calls_total',
      help: 'Calls of webhooks by steps of journeys: answered, unanswered, busy (no place yet), error (cannot be made).',
      labelNames: ['outcome'] as const,
      registers,
    }),
    webhooksDisabled: new Counter({
      name: 'kairos_webhooks_disabled_total',
      help: 'Webhook endpoints that were switched off: gone (answered 410), failing (for three days).',
      labelNames: ['reason'] as const,
      registers,
    }),
  };
}

function messageMetrics(registry: Registry) {
  const registers = [registry];
  return {
    messages: new Counter({
      name: 'kairos_messages_total',
      help: 'What became of sends: sent, deferred (tried again), suppressed, failed, unknown.',
      labelNames: ['channel', 'provider', 'status'] as const,
      registers,
    }),
    receipts: new Counter({
      name: 'kairos_receipts_total',
      help: 'Receipts that were applied to messages, by what they tell.',
      labelNames: ['channel', 'status'] as const,
      registers,
    }),
    gate: new Counter({
      name: 'kairos_gate_decisions_total',
      help: 'Whether messages were let out (send), held for later (hold) or not sent (suppress), and why.',
      labelNames: ['channel', 'decision', 'reason'] as const,
      registers,
    }),
    providerCalls: new Counter({
      name: 'kairos_provider_calls_total',
      help: 'Calls of providers by what came of them: ok, or the kind of refusal.',
      labelNames: ['provider', 'channel', 'call', 'outcome'] as const,
      registers,
    }),
    providerSeconds: new Histogram({
      name: 'kairos_provider_call_duration_seconds',
      help: 'Time of calls of providers.',
      labelNames: ['provider', 'channel', 'call'] as const,
      buckets: DURATION_BUCKETS,
      registers,
    }),
  };
}
