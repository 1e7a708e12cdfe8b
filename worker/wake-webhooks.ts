import type { Client } from '@temporalio/client';
import type { DeliveryStore } from '#webhooks/delivery-store.ts';
import type { EndpointStore } from '#webhooks/endpoint-store.ts';
import type { Clock } from '#platform/clock.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import {
  DELIVER_WEBHOOKS,
  deliverWorkflowId,
  SYSTEM_QUEUE,
  WAKE_SIGNAL,
} from '#workflows/contract.ts';

/** An endpoint is woken this often at most: each call is an entry in its workflow's history. */
const WAKE_EVERY_MS = 1_000;
/** What has been due for so long was missed by its workflow, or has none. */
const MISSED_AFTER_MS = 10_000;

/** Starts the workflow of an endpoint, or tells it that something new may be due. */
async function wakeOne(client: Client, endpoint: string): Promise<void> {
  const input = { endpoint };
  await client.workflow.signalWithStart(DELIVER_WEBHOOKS, {
    workflowId: deliverWorkflowId(input),
    taskQueue: SYSTEM_QUEUE,
    args: [input],
    signal: WAKE_SIGNAL,
    signalArgs: [],
  });
}

/**
 * Wakes the workflows of endpoints: at once, and then once a second however often it is asked, the
 * last time included. Whatever is lost, with this process or with Temporal away, is found by
 * `redriveWebhooks`.
 */
export function createWakeWebhooks(
  client: Client,
  logger: Logger,
): (endpoints: readonly string[]) => void {
  /** Endpoints woken a moment ago, and whether they are to be woken once more. */
  const resting = new Map<string, { isAsked: boolean }>();
  const wake = (endpoint: string): void => {
    const rest = resting.get(endpoint);
    if (rest !== undefined) {
      rest.isAsked = true;
      return;
    }
    const own = { isAsked: false };
    resting.set(endpoint, own);
    wakeOne(client, endpoint).catch((error: unknown) => {
      logger.warn({ code: errorCode(error), endpoint }, 'webhooks not woken');
    });
    setTimeout(() => {
      resting.delete(endpoint);
      if (own.isAsked) wake(endpoint);
    }, WAKE_EVERY_MS).unref();
  };
  return (endpoints) => {
    endpoints.forEach(wake);
  };
}

/** Endpoints with something overdue that nobody is telling. */
export async function redriveWebhooks(
  client: Client,
  { endpoints, deliveries }: { endpoints: EndpointStore; deliveries: DeliveryStore },
  clock: Clock,
): Promise<void> {
  for (const { _id, status } of await endpoints.listening()) {
    if (status !== 'active') continue;
    const nextAt = await deliveries.nextDue(_id);
    if (nextAt !== null && nextAt < clock() - MISSED_AFTER_MS) await wakeOne(client, _id);
  }
}
