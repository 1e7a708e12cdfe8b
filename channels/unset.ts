import { ProviderError, type Provider } from '#channels/provider.ts';
import type { Channel } from '#domain/message/message.ts';

/** The name that stands in metrics and in the ledger for a channel without a provider. */
const UNSET = 'none';

/**
 * What stands in for a channel that no provider is set for: every message in it fails as
 * `misconfigured`, so that a cascade goes on and an operator can see why.
 */
export function unsetProvider(channel: Channel): Provider {
  return {
    name: UNSET,
    channel,
    capabilities: {
      deliveryReceipts: false,
      openReceipts: false,
      acceptanceReceipts: false,
      lookup: false,
      idempotent: false,
      maxLength: null,
      images: false,
      costMicros: 0,
    },
    send: () => Promise.reject(new ProviderError('ourFault', `${channel}-not-set`)),
  };
}
