import type { Collections } from '#platform/mongo.ts';
import { errorCode, type Logger } from '#platform/logger.ts';

/** Wakes the owners of partitions when events come in. */
export interface News {
  await(partitions: readonly number[], ms: number): Promise<void>;
  /** Epoch ms since when the event log has been followed without a break that was noticed. */
  since(): number;
  close(): Promise<void>;
}

/**
 * Follows the event log by a change stream, so that a new event is taken up at once and an idle
 * router asks nothing. A stream that breaks is opened anew; meanwhile owners look once a second.
 */
export function watchNews(
  { events }: Pick<Collections, 'events'>,
  logger: Logger,
  onBreak: () => void = () => undefined,
): News {
  const waiting = new Set<{ partitions: ReadonlySet<number>; wake: () => void }>();
  let closed = false;
  let since = Date.now();
  let close = (): Promise<void> => Promise.resolve();

  async function follow(): Promise<void> {
    const stream = events.watch<{ partition?: number }>(
      [
        { $match: { operationType: 'insert' } },
        { $project: { _id: 1, partition: '$fullDocument.partition' } },
      ],
      { batchSize: 1_000 },
    );
    close = () => stream.close();
    for await (const change of stream) {
      const { partition } = change as { partition?: number };
      for (const one of waiting) if (one.partitions.has(partition ?? -1)) one.wake();
    }
  }

  async function keepFollowing(): Promise<void> {
    while (!isClosed()) {
      try {
        await follow();
      } catch (error) {
        if (!isClosed()) {
          logger.warn({ code: errorCode(error) }, 'event stream broke off');
          onBreak();
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      since = Date.now();
    }
  }
  const isClosed = (): boolean => closed;
  void keepFollowing();

  return {
    await: (partitions, ms) =>
      new Promise((resolve) => {
        const one = {
          partitions: new Set(partitions),
          wake: () => {
            clearTimeout(timer);
            waiting.delete(one);
            resolve();
          },
        };
        const timer = setTimeout(one.wake, ms);
        waiting.add(one);
      }),
    since: () => since,
    async close() {
      closed = true;
      await close();
      for (const one of [...waiting]) one.wake();
    },
  };
}
