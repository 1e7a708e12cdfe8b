import type { Filter } from 'mongodb';
import type { Channel, MessageStatus, StoredMessage } from '#domain/message/message.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { BESIDE_RUNS } from '#domain/sending/ids.ts';
import type { Collections } from '#platform/mongo.ts';

export interface MessageFilter {
  journey?: string | undefined;
  profileId?: string | undefined;
  runId?: string | undefined;
  channel?: Channel | undefined;
  status?: MessageStatus | undefined;
}

/** Messages, newest first. */
export async function listMessages(
  c: Collections,
  filter: MessageFilter,
  { limit, after }: PageRequest,
): Promise<Page<StoredMessage>> {
  const wanted = wantedBy(filter);
  if (after !== null) {
    wanted.$or = [
      { createdAt: { $lt: after.at } },
      { createdAt: after.at, _id: { $lt: after.id } },
    ];
  }
  const read = await c.messages
    .find(wanted)
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, (message) => ({ at: message.createdAt, id: message._id }));
}

/** The newest messages of a person that belong to no run, such as those of campaigns. */
export async function messagesBesideRuns(
  c: Pick<Collections, 'messages'>,
  filter: MessageFilter & { profileId: string },
  limit: number,
): Promise<StoredMessage[]> {
  return c.messages
    .find({ $and: [wantedBy(filter), { journey: BESIDE_RUNS }] })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit)
    .toArray();
}

function wantedBy(filter: MessageFilter): Filter<StoredMessage> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
