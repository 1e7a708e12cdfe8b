import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { TellDeps } from '#activities/tell-catalogue.ts';
import { createCountPending } from '#events/accept-pressure.ts';
import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createChangeStore } from '#products/change-store.ts';
import { createProductStore } from '#products/product-store.ts';
import { CATALOGUE_SIGNAL, SYSTEM_QUEUE, TELL_CATALOGUE } from '#workflows/contract.ts';

/** What tells people of the catalogue beside what applies events. */
export type CatalogueParts = Pick<TellDeps, 'products' | 'changes' | 'countPending' | 'logger'>;

/** A change whose signal was not lost is begun long before, in ms. */
const MISSED_AFTER_MS = 5_000;

/** Puts together what tells people of changes of the catalogue. */
export function composeCatalogue(mongo: Mongo, logger: Logger): CatalogueParts {
  return {
    products: createProductStore(mongo),
    changes: createChangeStore(mongo.db),
    countPending: createCountPending(mongo.collections),
    logger,
  };
}

/**
 * Changes of the catalogue are durable before Temporal is told: what it missed, or lost with
 * everything, it is told again.
 */
export async function redriveCatalogue(
  client: Client,
  { changes, products }: Pick<CatalogueParts, 'changes' | 'products'>,
  clock: Clock,
): Promise<void> {
  const [waiting, turn] = await Promise.all([changes.waiting(), products.nextTurn()]);
  const since = Math.min(waiting?.since ?? Infinity, turn ?? Infinity);
  // Those that are young are on their way; a sale to come has its timer.
  if (since > clock() - MISSED_AFTER_MS) return;
  const options = { taskQueue: SYSTEM_QUEUE, workflowId: TELL_CATALOGUE };
  if (waiting?.isBegun !== true) {
    await client.workflow.signalWithStart(TELL_CATALOGUE, { ...options, signal: CATALOGUE_SIGNAL });
    return;
  }
  // What was begun is being told: its workflow wants no signal, only to be there.
  try {
    await client.workflow.start(TELL_CATALOGUE, options);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
