import type { Config } from '#platform/config.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createHistoryStore } from '#reconciles/history-store.ts';
import { createSizeStore } from '#segments/size-store.ts';
import type { WorkerParts } from './start-worker.ts';

/** What looks at everybody, or at how many there are, beside the path of events. */
export function composeLooks(
  { KAIROS_RETENTION: retention }: Config,
  mongo: Pick<Mongo, 'client' | 'collections'>,
): Pick<WorkerParts['control'], 'sizes' | 'histories' | 'retention'> {
  const sizes = createSizeStore(mongo.collections);
  return { sizes, histories: createHistoryStore(mongo), retention };
}
