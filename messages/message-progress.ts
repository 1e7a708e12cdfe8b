import type { Receipt } from '#domain/journey/run.ts';
import type { MessageStatus, StoredMessage } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';

const RECEIPT_OF: Partial<Record<MessageStatus, Receipt>> = {
  sent: 'accepted',
  delivered: 'delivered',
  opened: 'opened',
  read: 'opened',
  clicked: 'clicked',
  bounced: 'refused',
  complained: 'delivered',
  unsubscribed: 'delivered',
};

/** How far each message of a run has come by what its providers told. */
export function createMessageProgress({ messages }: Pick<Collections, 'messages'>) {
  return async function messageProgress(
    runId: string,
  ): Promise<{ messageId: string; receipt: Receipt }[]> {
    const found = await messages
      .find({ runId })
      .project<{ _id: string; status: MessageStatus; history: { status: MessageStatus }[] }>({
        status: 1,
        history: 1,
      })
      .toArray();
    return found.flatMap(({ _id: messageId, status, history }) => {
      const receipt = receiptOf(status, history);
      return receipt === null ? [] : [{ messageId, receipt }];
    });
  };
}

/** The same of the messages of many runs, in one read. */
export function createProgressOfMany({ messages }: Pick<Collections, 'messages'>) {
  return async function progressOfMany(
    runIds: readonly string[],
  ): Promise<Map<string, { messageId: string; receipt: Receipt }[]>> {
    const progress = new Map<string, { messageId: string; receipt: Receipt }[]>();
    if (runIds.length === 0) return progress;
    const found = messages
      .find({ runId: { $in: [...runIds] } })
      .sort({ _id: 1 })
      .project<Pick<StoredMessage, '_id' | 'runId' | 'status' | 'history'>>({
        ...{ runId: 1, status: 1, history: 1 },
      });
    for await (const { _id: messageId, runId, status, history } of found) {
      const receipt = receiptOf(status, history);
      if (receipt === null) continue;
      progress.set(runId, [...(progress.get(runId) ?? []), { messageId, receipt }]);
    }
    return progress;
  };
}

function receiptOf(
  status: MessageStatus,
  history: readonly { status: MessageStatus }[],
): Receipt | null {
  // A failure after acceptance is the provider's word; one before it was ours, told already.
  const refusedLater = status === 'failed' && history.some((past) => past.status === 'sent');
  return (refusedLater ? 'refused' : RECEIPT_OF[status]) ?? null;
}
