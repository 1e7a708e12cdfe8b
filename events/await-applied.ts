import { setTimeout as sleep } from 'node:timers/promises';
import { durably } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/** A router usually applies within some tens of ms; later looks come further apart. */
const FIRST_LOOK_MS = 20;
const LOOK_EVERY_MAX_MS = 100;

/**
 * Waits until the profile shows these events, so that a read right after a write sees it. False
 * when some are still queued after `timeoutMs`; they are durable all the same.
 */
export function createAwaitApplied({ events }: Pick<Collections, 'events'>) {
  return async function awaitApplied(
    eventIds: readonly string[],
    timeoutMs: number,
  ): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    const queued = { _id: { $in: [...eventIds] }, state: 'accepted' as const };
    // By what a majority has, as most is read: sooner, the read right after could still miss it.
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_EVERY_MAX_MS)) {
      if ((await durably(() => events.countDocuments(queued, { limit: 1 }))) === 0) return true;
      const leftMs = end - performance.now();
      if (leftMs <= 0) return false;
      await sleep(Math.min(pauseMs, leftMs));
    }
  };
}

export type AwaitApplied = ReturnType<typeof createAwaitApplied>;

/**
 * Whether profiles show every event of an import, those of its list (accept-members.ts) included;
 * looks at the events that wait, and no others.
 */
export function createIsImportApplied({ events }: Pick<Collections, 'events'>) {
  return (importId: string): Promise<boolean> =>
    durably(async () => {
      const waiting = await events.countDocuments(
        {
          ...{ pending: true, partition: { $gte: 0 }, state: 'accepted' },
          $or: [{ 'context.import': importId }, { source: 'admin', 'properties.import': importId }],
        },
        { limit: 1, hint: 'pending', readConcern: { level: 'local' } },
      );
      return waiting === 0;
    });
}
