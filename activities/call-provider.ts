import { ProviderError } from '#channels/provider.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { Place } from '#domain/message/pace/pace.ts';
import { JOURNEY_OF_SENDS } from '#domain/sending/ids.ts';
import { endRefused, isRefusal, type Attempt } from './end-send.ts';
import type { Letter } from './prepare-send.ts';
import { CLAIM_FRESH_MS, PROVIDER_TIMEOUT_MS, sentBy, type SendCall } from './send-request.ts';
import { standing } from './send-standing.ts';

/** A call that is ours to make. */
interface Claimed extends Attempt {
  profileId: string;
  /** What was counted for this call; null: nothing was. */
  place: Place | null;
  /** Epoch ms. */
  claimedAt: number;
}

/** Makes the call, unless nobody wants it any more, and writes its end down. */
export async function callProvider(
  call: SendCall,
  claimed: Claimed,
  { to, content, language }: Letter,
): Promise<SendOutcome> {
  const { deps, ledger, request } = call;
  const { messageId, attempt: number, provider } = claimed;
  // Read after the claim: whoever withdraws later finds the claimed message, and whoever did so
  // before is seen here, so that no moment lies between the two.
  const [isOver, isStillOurs] = await Promise.all([
    isSenderOver(call),
    ledger.isStillOurs(messageId, number),
  ]);
  const left = request.deadline - deps.clock();
  if (isOver || !isStillOurs || left <= 0) {
    const reason = isOver ? 'runEnded' : 'patienceOver';
    const end = { messageId, attempt: number, status: 'suppressed', reason } as const;
    await ledger.endCall({ ...end, providerId: null, at: deps.clock() });
    await givePlaceBack(call, claimed.place);
    return { kind: 'suppressed', reason };
  }
  if (deps.clock() - claimed.claimedAt > CLAIM_FRESH_MS) return putBack(call, claimed);
  try {
    const timeoutMs = Math.max(1, Math.floor(Math.min(PROVIDER_TIMEOUT_MS, left)));
    const life = request.isAbandoned === true ? { expiresInMs: left } : {};
    const letter = { messageId, to, content, language };
    const { providerId } = await provider.send({ ...letter, timeoutMs, ...life });
    const end = { messageId, attempt: number, status: 'sent', reason: null } as const;
    await ledger.endCall({ ...end, providerId, at: deps.clock() });
    return sentBy(provider);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (isRefusal(error)) {
      const outcome = await endRefused(call, claimed, error);
      await givePlaceBack(call, claimed.place);
      if (error.action === 'badAddress') await forgetGone(call, claimed, to);
      return outcome;
    }
    await ledger.markUnsure(messageId, number, deps.clock());
    return standing(call);
  }
}

/**
 * Whether what wanted it sent has come to its end meanwhile: the run, the campaign, or the send, which
 * goes with its person when they are erased.
 */
async function isSenderOver({ deps, reads, request }: SendCall): Promise<boolean> {
  const { runId, campaign, journey } = request;
  if (campaign !== undefined) return (await deps.isStopped?.(campaign.key)) ?? false;
  if (journey === JOURNEY_OF_SENDS) return (await deps.isSendOver?.(runId)) ?? false;
  return reads.hasRunEnded(runId);
}

/** An app that was deleted, or a browser that took its word back: not an address any more. */
async function forgetGone(
  { deps }: SendCall,
  { messageId, channel, profileId }: Claimed,
  token: string,
): Promise<void> {
  if (channel !== 'push' && channel !== 'web-push') return;
  await deps.forgetDevice?.({ profileId, channel, token, messageId });
}

/** Nothing went out: another mail may have its place. */
export async function givePlaceBack({ deps }: SendCall, place: Place | null): Promise<void> {
  if (place !== null) await deps.pace?.giveBack(place);
}

/** Gives a claim back whose call was not made in time; whoever claims next makes it. */
async function putBack(
  call: SendCall,
  { messageId, attempt, place }: Claimed,
): Promise<SendOutcome> {
  const { deps, ledger } = call;
  const at = deps.clock();
  // Ours to answer for: it says nothing of the provider.
  const reason = 'delayed';
  await ledger.endCall({ messageId, attempt, status: 'deferred', reason, providerId: null, at });
  await givePlaceBack(call, place);
  return { kind: 'later', retryAt: at, reason };
}
