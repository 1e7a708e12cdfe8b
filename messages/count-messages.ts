import { MESSAGE_STATUSES, type MessageStatus } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';

/** Messages made at or after `since` (epoch ms) by status, each counted no further than `limit`. */
export async function countMessages(
  { messages }: Pick<Collections, 'messages'>,
  since: number,
  limit: number,
): Promise<Record<MessageStatus, number>> {
  const counts = await Promise.all(
    // One walk over the index of status and time for each: no document is read.
    MESSAGE_STATUSES.map(async (status): Promise<[MessageStatus, number]> => [
      status,
      await messages.countDocuments({ status, createdAt: { $gte: since } }, { limit }),
    ]),
  );
  return Object.fromEntries(counts) as Record<MessageStatus, number>;
}
