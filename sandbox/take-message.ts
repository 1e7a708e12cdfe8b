import { setTimeout as delay } from 'node:timers/promises';
import type { Response } from 'express';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { Acceptance, AcceptedMessages, PendingReceipt } from '#sandbox/accepted-messages.ts';
import type { Outcome } from '#sandbox/rules.ts';

/** How a provider words its answers; each ends the response. */
export interface Answers {
  accepted: () => void;
  badAddress: () => void;
  /** Providers that learn of it only later answer as for `accepted` and say nothing here. */
  optedOut?: () => void;
  failed: () => void;
  /** 429; the Retry-After header is set already. */
  rateLimited: () => void;
}

/** What providers' bursts are limited to: another try makes sense after a second. */
const RETRY_AFTER_S = 1;
/** Longer than any sensible client waits. */
const SLOW_ANSWER_MS = 10_000;

/** What all providers of the sandbox share. */
export interface Desk {
  messages: AcceptedMessages;
  /** Posts receipts when they are due. */
  poster: { schedule(receipts: readonly PendingReceipt[]): void };
}

/** Ends one request to send as the rule for its address says. */
export async function takeMessage(
  desk: Desk,
  acceptance: Acceptance,
  response: Response,
  answers: Answers,
): Promise<void> {
  const { channel, to, provider } = acceptance;
  const rule = desk.messages.rules.for(channel, to, provider);
  const refuse = refusalBy(rule.outcome, channel, answers);
  if (refuse) {
    if (refuse === answers.rateLimited) response.set('Retry-After', String(RETRY_AFTER_S));
    refuse();
    return;
  }
  desk.poster.schedule(await desk.messages.accept(acceptance, rule));
  if (rule.outcome === 'lostReply') {
    response.socket?.destroy();
    return;
  }
  if (rule.outcome === 'slow') await delay(rule.afterMs ?? SLOW_ANSWER_MS);
  // The client of a slow answer may be gone by now.
  if (!response.destroyed) answers.accepted();
}

/** How a message is refused under this outcome; undefined if it is accepted. */
function refusalBy(
  outcome: Outcome,
  channel: CarriedChannel,
  answers: Answers,
): (() => void) | undefined {
  const refusals: Partial<Record<Outcome, (() => void) | undefined>> = {
    reject: answers.badAddress,
    // A push has no later bounce: its service knows at once that an app or a browser is gone.
    bounce: channel === 'push' || channel === 'web-push' ? answers.badAddress : undefined,
    optOut: answers.optedOut,
    error: answers.failed,
    rateLimit: answers.rateLimited,
  };
  return refusals[outcome];
}
