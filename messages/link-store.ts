import type { StoredMessage } from '#domain/message/message.ts';
import type { Collections } from '#platform/mongo.ts';

/** Links followed that are remembered of one message: enough to know a program by them. */
const LOOKS_MAX = 20;

/** What of a message is asked when it is looked at. */
export type LookedAt = Pick<
  StoredMessage,
  '_id' | 'profileId' | 'channel' | 'calledAt' | 'links' | 'looks'
>;

const SHOWN = { profileId: 1, channel: 1, calledAt: 1, links: 1, looks: 1 } as const;

/** Messages by what their links name. */
export interface LinkStore {
  find(messageId: string): Promise<LookedAt | null>;
  byCode(code: string): Promise<LookedAt | null>;
  /** Notes a link that was followed; answers those noted before. `at` is epoch ms. */
  note(
    messageId: string,
    look: { link: number; at: number },
  ): Promise<{ link: number; at: number }[]>;
}

export function createLinkStore({ messages }: Pick<Collections, 'messages'>): LinkStore {
  return {
    find: (messageId) => messages.findOne<LookedAt>({ _id: messageId }, { projection: SHOWN }),
    byCode: (code) => messages.findOne<LookedAt>({ 'links.code': code }, { projection: SHOWN }),
    async note(messageId, look) {
      // As it was before: of two at the same moment each sees the other, or is seen by it.
      const before = await messages.findOneAndUpdate(
        { _id: messageId },
        { $push: { looks: { $each: [look], $slice: -LOOKS_MAX } } },
        { projection: { looks: 1 }, returnDocument: 'before' },
      );
      return before?.looks ?? [];
    },
  };
}
