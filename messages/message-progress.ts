import type { Receipt } from '#domain/journey/run.ts';
import type { MessageStatus } from '#domain/message/message.ts';
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
      // A failure after acceptance is the provider's word; one before it was ours, told already.
      const refusedLater = status === 'failed' && history.some((past) => past.status === 'sent');
      const receipt = refusedLater ? 'refused' : RECEIPT_OF[status];
      return receipt === undefined ? [] : [{ messageId, receipt }];
    });
  };
}
