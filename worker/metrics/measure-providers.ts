import { mapLines } from '#channels/failover.ts';
import { ProviderError, type Provider } from '#channels/provider.ts';
import type { ProviderLines } from '#channels/providers.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/**
 * What alerts ask for. A series that begins with its first event shows no increase, so these stand
 * at 0 from the start.
 */
const OUTCOMES = [
  'ok',
  'retryLater',
  'rateLimited',
  'badAddress',
  'optedOut',
  'ourFault',
  'unsure',
  'error',
];
const STATUSES = ['sent', 'deferred', 'failed', 'suppressed', 'unknown'];
const CONTENT_FAULTS = ['missingValue', 'templateError', 'noContent', 'aborted', 'noVoucher'];

/** The providers with every call of theirs counted and timed. */
export function measureProviders(lines: ProviderLines, metrics: WorkerMetrics): ProviderLines {
  return mapLines(lines, (provider) => measured(provider, metrics));
}

function measured(provider: Provider, metrics: WorkerMetrics): Provider {
  const { name, channel, capabilities } = provider;
  beginAtZero(provider, metrics);
  async function measure<T>(call: 'send' | 'find', work: () => Promise<T>): Promise<T> {
    const labels = { provider: name, channel, call };
    const end = metrics.providerSeconds.startTimer(labels);
    let outcome = 'ok';
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      end();
      metrics.providerCalls.inc({ ...labels, outcome });
    }
  }
  const find = provider.find?.bind(provider);
  return {
    name,
    channel,
    capabilities,
    send: (outgoing) => measure('send', () => provider.send(outgoing)),
    ...(find && { find: (...asked) => measure('find', () => find(...asked)) }),
    close: async () => provider.close?.(),
  };
}

function beginAtZero({ name: provider, channel }: Provider, metrics: WorkerMetrics): void {
  for (const outcome of OUTCOMES) {
    metrics.providerCalls.inc({ provider, channel, call: 'send', outcome }, 0);
  }
  for (const status of STATUSES) metrics.messages.inc({ channel, provider, status }, 0);
  for (const reason of CONTENT_FAULTS) {
    metrics.gate.inc({ channel, decision: 'suppress', reason }, 0);
  }
}

/** The provider's refusal by the action it asks for; a rate limit is told apart from a failure. */
function outcomeOf(error: unknown): string {
  if (!(error instanceof ProviderError)) return 'error';
  return error.action === 'retryLater' && error.message.endsWith('429')
    ? 'rateLimited'
    : error.action;
}
