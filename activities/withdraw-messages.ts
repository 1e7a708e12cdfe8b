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
  /** Takes what a run shows on the shop's pages, and nobody has seen, off them; unset: nothing is shown. */
  takeDown?: (runId: string) => Promise<void>;
}

/** Some messages by their ids, or those of a run that ends; `cutOff`: before it came to its end. */
export type Leaving = Exclude<Withdrawal, { runId: string }> | { runId: string; cutOff?: boolean };

/** None of these messages that was not accepted yet may still go out. Safe to repeat. */
export function createWithdrawMessages({
  collections,
  clock,
  onWithdrawn,
  takeDown,
}: WithdrawDeps) {
  const withdraw = createWithdrawal(collections);
  return async (which: Leaving): Promise<void> => {
    const reason = 'runId' in which ? 'runEnded' : 'patienceOver';
    const withdrawn = await withdraw(which, reason, clock());
    if (withdrawn.length > 0) onWithdrawn?.(withdrawn);
    // What waits on a page has not reached anybody yet, as little as what waits for a provider.
    if ('runId' in which && which.cutOff === true) await takeDown?.(which.runId);
  };
}
