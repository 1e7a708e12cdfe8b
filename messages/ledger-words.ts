import type { MessageReason, MessageStatus } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';

/** What the ledger says of one message. */
export interface LedgerWord {
  status: MessageStatus;
  reason: MessageReason | null;
  /** Calls of a provider that were claimed for it. */
  attempts: number;
}

/** Every message of some runs, recipients or sends, by their ids. */
export type LedgerWords = (ids: readonly string[]) => Promise<Map<string, LedgerWord[]>>;

export function createLedgerWords({ messages }: Pick<Collections, 'messages'>): LedgerWords {
  return async (ids) => {
    const found = await messages
      .find({ runId: { $in: [...ids] } })
      .project<LedgerWord & { runId: string }>({
        _id: 0,
        runId: 1,
        status: 1,
        reason: 1,
        attempts: 1,
      })
      .toArray();
    const words = new Map<string, LedgerWord[]>();
    for (const { runId, ...word } of found) {
      words.set(runId, [...(words.get(runId) ?? []), word]);
    }
    return words;
  };
}
