import type { SendOutcome } from '#domain/journey/run.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { suppressEnded } from './end-send.ts';
import { resolveSend } from './resolve-send.ts';
import { CALL_OVER_MS, finalOutcome, providerOf, type SendCall } from './send-request.ts';

/** The end that stands in the ledger, with all that follows from it; null: there is none yet. */
export async function settledOutcome(
  call: SendCall,
  message: StoredMessage,
): Promise<SendOutcome | null> {
  const settled = finalOutcome(message, providerOf(call, message));
  if (settled !== null) await suppressEnded(call.deps, message);
  return settled;
}

/** What the ledger says now: another execution was faster, or this one's call broke off. */
export async function standing(call: SendCall): Promise<SendOutcome> {
  const { deps, ledger, request } = call;
  const message = await ledger.find(request.messageId);
  if (message === null) throw new Error('a message left the ledger');
  const settled = await settledOutcome(call, message);
  if (settled !== null) return settled;
  if (message.status !== 'sending') {
    // Another execution's call was refused for now; the run asks again in its own time.
    const retryAt = deps.clock() + CALL_OVER_MS;
    return { kind: 'later', retryAt, reason: message.reason ?? 'providerUnavailable' };
  }
  const resolution = await resolveSend(call, message);
  // Surely not sent: the run asks again at once, and that execution makes the next call.
  return resolution.kind === 'notSent' ? { kind: 'unsure', askAt: deps.clock() } : resolution;
}
