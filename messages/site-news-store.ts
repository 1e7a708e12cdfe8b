import { errorCode, type Logger } from '#platform/logger.ts';
import type { Collections } from '#platform/mongo.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';

/** Before a stream that broke is opened anew, in ms. */
const AGAIN_MS = 500;

export interface SiteNews {
  close(): Promise<void>;
}

/**
 * Tells of each new message on the shop's pages, by one change stream for a whole process. When it
 * broke, `onBreak` is told: what came meanwhile was not.
 */
export function watchSiteNews(
  { siteMessages }: Pick<Collections, 'siteMessages'>,
  heard: { onMessage: (message: StoredSiteMessage) => void; onBreak: () => void },
  logger: Logger,
): SiteNews {
  let isClosed = false;
  let close = (): Promise<void> => Promise.resolve();

  async function follow(): Promise<void> {
    const stream = siteMessages.watch([{ $match: { operationType: 'insert' } }]);
    close = () => stream.close();
    for await (const change of stream) {
      if (change.operationType === 'insert') heard.onMessage(change.fullDocument);
    }
  }
  async function keepFollowing(): Promise<void> {
    while (!hasEnded()) {
      await follow().catch((error: unknown) => {
        if (!hasEnded())
          logger.warn({ code: errorCode(error) }, 'stream of site messages broke off');
      });
      if (hasEnded()) return;
      heard.onBreak();
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
  const hasEnded = (): boolean => isClosed;
  void keepFollowing();
  return {
    async close() {
      isClosed = true;
      await close();
    },
  };
}
