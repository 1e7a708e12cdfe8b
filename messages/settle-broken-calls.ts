import type { Collections } from '#platform/mongo.ts';

/**
 * After a restore: what providers said since the backup is lost, so their silence about a call that
 * was under way then means nothing. Such a message may have gone out; it stands as `unknown` and is
 * not sent again. Those of providers that can still be asked (`askable`, by their names) are left
 * alone. `at` in epoch ms.
 */
export async function settleBrokenCalls(
  { messages }: Pick<Collections, 'messages'>,
  { askable, at }: { askable: readonly string[]; at: number },
): Promise<void> {
  await messages.updateMany(
    { status: 'sending', attempts: { $gt: 0 }, provider: { $nin: [...askable] } },
    {
      $set: { status: 'unknown', reason: 'endUnknown', updatedAt: at },
      $push: { history: { status: 'unknown', at, reason: 'endUnknown' } },
    },
  );
}
