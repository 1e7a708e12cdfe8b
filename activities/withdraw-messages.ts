import { withdrawMessages, type Withdrawal } from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';

export interface WithdrawDeps {
  collections: Pick<Collections, 'messages'>;
  clock: Clock;
}

/** None of these messages that was not accepted yet may still go out. Safe to repeat. */
export function createWithdrawMessages({ collections, clock }: WithdrawDeps) {
  return async (which: Withdrawal): Promise<void> => {
    const reason = 'runId' in which ? 'runEnded' : 'patienceOver';
    await withdrawMessages(collections, which, reason, clock());
  };
}
