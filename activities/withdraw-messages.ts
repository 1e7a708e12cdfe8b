import { withdrawMessages } from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';

export interface WithdrawDeps {
  collections: Pick<Collections, 'messages'>;
  clock: Clock;
}

/** Nothing of an ended run that was not accepted yet may still go out. Safe to repeat. */
export function createWithdrawMessages({ collections, clock }: WithdrawDeps) {
  return async (runId: string): Promise<void> => {
    await withdrawMessages(collections, { runId }, 'runEnded', clock());
  };
}
