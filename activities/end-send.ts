import { isAccountFault, isUnhealthy } from '#channels/failover.ts';
import type { Provider, ProviderError } from '#channels/provider.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import {
  afterRefusal,
  type AfterRefusal,
  type IllProvider,
} from '#domain/message/after-refusal.ts';
import type { Channel, MessageReason, StoredMessage } from '#domain/message/message.ts';
import { suppressAddress } from '#messages/suppress-address.ts';
import type { SendCall } from './send-request.ts';

/** First pause before a repeat, in ms; it doubles with each attempt up to the longest. */
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 300_000;

/** One claimed call of one message. */
export interface Attempt {
  messageId: string;
  channel: Channel;
  /** 1 for the first call. */
  attempt: number;
  addressHash: string;
  /** Who was called. */
  provider: Provider;
  /** Who has refused it before, being ill. */
  refusedBy: readonly IllProvider[];
  /** The one that alone may be called; null: any. */
  boundTo: string | null;
}

type Refusal = ProviderError & { action: Exclude<ProviderError['action'], 'unsure'> };

export function isRefusal(error: ProviderError): error is Refusal {
  return error.action !== 'unsure';
}

/**
 * Suppresses the address of a message that ended because of it, once more: a crash between the end
 * and this must leave neither undone, and the end comes first, for it is why.
 */
export async function suppressEnded(
  deps: SendCall['deps'],
  { channel, addressHash, reason, updatedAt: at }: StoredMessage,
): Promise<void> {
  if (addressHash === null || (reason !== 'unreachable' && reason !== 'optedOut')) return;
  await suppressAddress(deps.collections, { channel, addressHash, reason, at });
}

/** Writes down what the provider's refusal means and says it to the run. */
export async function endRefused(
  { deps, ledger }: Pick<SendCall, 'deps' | 'ledger'>,
  claimed: Attempt,
  error: Refusal,
): Promise<SendOutcome> {
  const { messageId, channel, attempt, addressHash } = claimed;
  const at = deps.clock();
  const end = { messageId, attempt, providerId: null, at };
  const after = isUnhealthy(error) ? afterIllness(deps, claimed, error) : null;
  if (after !== null && after.go !== 'nowhere') {
    const reason = 'providerUnavailable';
    await ledger.endCall({ ...end, status: 'deferred', reason, refusedBy: after.ill });
    // What it says of itself is no advice where another one is waited for.
    const wait = after.ill.length === 0 ? error.retryAfterMs : undefined;
    const retryAt = after.go === 'elsewhere' ? at : at + pause(attempt, wait);
    return { kind: 'later', retryAt, reason };
  }
  const suppress = (reason: string): Promise<void> =>
    suppressAddress(deps.collections, { channel, addressHash, reason, at });
  switch (error.action) {
    case 'retryLater': {
      // All else that comes right by itself speaks against the provider, see above.
      const reason = 'rateLimited';
      await ledger.endCall({ ...end, status: 'deferred', reason });
      return { kind: 'later', retryAt: at + pause(attempt, error.retryAfterMs), reason };
    }
    case 'badAddress':
      await ledger.endCall({ ...end, status: 'failed', reason: 'unreachable' });
      await suppress('unreachable');
      return { kind: 'failed', reason: 'unreachable' };
    case 'optedOut':
      await ledger.endCall({ ...end, status: 'suppressed', reason: 'optedOut' });
      await suppress('optedOut');
      return { kind: 'suppressed', reason: 'optedOut' };
    case 'ourFault': {
      const reason = faultReason(error);
      await ledger.endCall({ ...end, status: 'failed', reason });
      return { kind: 'failed', reason };
    }
  }
}

/** The call is known to have come to nothing, for a reason that speaks against this provider. */
function afterIllness(
  { failover }: SendCall['deps'],
  { channel, provider, refusedBy, boundTo }: Attempt,
  error: Refusal,
): AfterRefusal {
  const refused = { provider: provider.name, isAccount: isAccountFault(error) };
  // To a message that is bound there are no others: it waits for the one it stays with.
  const line = boundTo === null ? (failover?.line(channel) ?? [provider.name]) : [provider.name];
  const isFree = (name: string): boolean => failover?.isFree(channel, name) ?? false;
  return afterRefusal(refused, refusedBy, line, isFree);
}

/** The provider's own word where it gave one, else doubling pauses. */
function pause(attempt: number, retryAfterMs: number | undefined): number {
  const doubled = BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 20);
  return retryAfterMs ?? Math.min(doubled, BACKOFF_MAX_MS);
}

/** A wrong key or account is the operator's to mend; anything else is the message's fault. */
function faultReason(error: ProviderError): MessageReason {
  return /-(401|403|20003|auth|token|service|wrong-channel|not-set)$/.test(error.message)
    ? 'misconfigured'
    : 'rejected';
}
