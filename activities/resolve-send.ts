import { ProviderError, type Provider, type Sought } from '#channels/provider.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import { addressOf } from '#domain/message/address.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import {
  CALL_OVER_MS,
  isBinding,
  LATE_LOOKUP_DELAY_MS,
  LOOKUP_DELAY_MS,
  LOOKUP_RETRY_MS,
  PROVIDER_TIMEOUT_MS,
  providerOf,
  QUEUED_RETRY_MS,
  RECEIPT_WAIT_MS,
  sentBy,
  type SendCall,
} from './send-request.ts';

/** A look-up starts this long before the message was reserved, in ms: clocks differ. */
const LOOKUP_BEFORE_MS = 60_000;

/** Either what became of a call that broke off, or that it may be made again, from this entry. */
export type Resolution = SendOutcome | { kind: 'notSent'; entry: StoredMessage };

/**
 * Finds out what became of a call that was claimed and whose end nobody wrote down: the worker
 * died, or the reply was lost. The provider is asked where it can be; else its receipt is awaited
 * where it sends one for every acceptance; else the message stands as `unknown` for good, for
 * nothing is ever sent twice.
 */
export async function resolveSend(call: SendCall, message: StoredMessage): Promise<Resolution> {
  const { deps } = call;
  const provider = providerOf(call, message);
  const { capabilities } = provider;
  // A provider exchanged meanwhile knows nothing of the other one's messages.
  const isSame = message.provider === provider.name;
  if (isSame && capabilities.lookup) return lookUp(call, message, provider);
  const over = overAt(message, 0);
  const wait = deps.settings.receiptWaitMs ?? RECEIPT_WAIT_MS;
  const listenedFrom = Math.max(message.calledAt ?? 0, deps.receivingSince?.() ?? 0);
  const askAt =
    isSame && capabilities.acceptanceReceipts ? Math.max(over, listenedFrom + wait) : over;
  const now = deps.clock();
  if (now < askAt) return { kind: 'unsure', askAt };
  if (isSame && capabilities.acceptanceReceipts) return notSentUnlessQueued(call, message);
  await call.ledger.settleUnknown(message._id, message.attempts, now);
  return sentBy(provider);
}

/** The event path may be behind: what waits there says more than silence does. */
async function notSentUnlessQueued(call: SendCall, message: StoredMessage): Promise<Resolution> {
  const { deps } = call;
  const isQueued = await deps.isReceiptQueued?.(message.profileId, message._id);
  return isQueued === true
    ? { kind: 'unsure', askAt: deps.clock() + QUEUED_RETRY_MS }
    : notSent(call, message);
}

/** When the call is surely over: known if it broke off before our eyes, else after its longest time. */
function overAt(message: StoredMessage, delayMs: number): number {
  return message.reason === 'endUnknown'
    ? message.updatedAt + delayMs
    : (message.calledAt ?? 0) + CALL_OVER_MS;
}

/** We hung up, not the provider: it may be at it still. */
function tookAllTime({ calledAt, updatedAt, reason }: StoredMessage): boolean {
  return reason === 'endUnknown' && updatedAt - (calledAt ?? 0) >= PROVIDER_TIMEOUT_MS;
}

async function lookUp(
  call: SendCall,
  message: StoredMessage,
  provider: Provider,
): Promise<Resolution> {
  const { deps, ledger } = call;
  const over = overAt(message, tookAllTime(message) ? LATE_LOOKUP_DELAY_MS : LOOKUP_DELAY_MS);
  if (deps.clock() < over) return { kind: 'unsure', askAt: over };
  const sought = provider.capabilities.idempotent
    ? { messageId: message._id, timeoutMs: PROVIDER_TIMEOUT_MS }
    : await soughtOf(call, message);
  if (sought === null || provider.find === undefined) {
    await ledger.settleUnknown(message._id, message.attempts, deps.clock());
    return sentBy(provider);
  }
  try {
    const since = message.createdAt - LOOKUP_BEFORE_MS;
    const known = (ids: string[]): Promise<string[]> => ledger.knownIds(message._id, ids);
    const providerId = await provider.find(sought, since, known);
    if (providerId === null) return await notSent(call, message);
    const { _id: messageId, attempts: attempt } = message;
    const end = { messageId, attempt, status: 'sent', reason: null, providerId } as const;
    await ledger.endCall({ ...end, at: deps.clock() });
    return sentBy(provider);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { kind: 'unsure', askAt: deps.clock() + LOOKUP_RETRY_MS };
  }
}

/** It may be called again, unless its time is over: then it will simply never be known. */
async function notSent(call: SendCall, message: StoredMessage): Promise<Resolution> {
  const { deps, ledger, request } = call;
  const now = deps.clock();
  const provider = providerOf(call, message);
  if (now >= request.deadline) {
    await ledger.settleUnknown(message._id, message.attempts, now);
    return sentBy(provider);
  }
  if (!isBinding(provider) || message.boundTo !== undefined) {
    return { kind: 'notSent', entry: message };
  }
  // Before anything else may become of the entry: held or refused, it is bound all the same.
  await ledger.bind(message._id, message.attempts, provider.name);
  return { kind: 'notSent', entry: { ...message, boundTo: provider.name } };
}

/**
 * What a provider that knows no ids of ours is asked for: the message as it was called, not as it
 * would be written now. Null where the person's address changed since, or nobody wrote down what
 * went out.
 */
async function soughtOf(call: SendCall, message: StoredMessage): Promise<Sought | null> {
  const { channel, addressHash, textHash, _id: messageId } = message;
  const profile = await call.deps.profiles.follow(call.request.profileId);
  const to = profile === null ? null : addressOf(profile, channel);
  if (to === null || textHash === undefined) return null;
  if (hashAddress(channel, to) !== addressHash) return null;
  return { messageId, to, textHash, timeoutMs: PROVIDER_TIMEOUT_MS };
}
