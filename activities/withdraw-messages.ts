import {
  createWithdrawMessages as createWithdrawal,
  type Withdrawal,
  type Withdrawn,
} from '#messages/withdraw-messages.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';

export interface WithdrawDeps {
  collections: Pick<Collections, 'messages'>;
  clock: Clock;
  /** Told what was withdrawn, where anything was. */
  onWithdrawn?: (withdrawn: readonly Withdrawn[]) => void;
}

/** None of these messages that was not accepted yet may still go out. Safe to repeat. */
export function createWithdrawMessages({ collections, clock, onWithdrawn }: WithdrawDeps) {
  const withdraw = createWithdrawal(collections);
  return async (which: Withdrawal): Promise<void> => {
    const reason = 'runId' in which ? 'runEnded' : 'patienceOver';
    const withdrawn = await withdraw(which, reason, clock());
    if (withdrawn.length > 0) onWithdrawn?.(withdrawn);
  };
}
