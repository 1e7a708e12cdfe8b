import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import {
  CAMPAIGN_SIGNAL,
  campaignWorkflowId,
  CATALOGUE_SIGNAL,
  DELIVER_WEBHOOKS,
  deliverWorkflowId,
  messageStart,
  SEND_CAMPAIGN,
  SEND_MESSAGE,
  SYSTEM_QUEUE,
  TELL_CATALOGUE,
  WAKE_SIGNAL,
  type CampaignInput,
  type DeliverInput,
} from '#workflows/contract.ts';

/** What nobody has to know: what Temporal misses of it, the worker finds within seconds. */
export interface TemporalHints {
  /** Has a webhook endpoint told what is due. Resolves without Temporal, too. */
  wakeWebhooks(input: DeliverInput): Promise<void>;
  /** Has noted changes of the catalogue told. Resolves without Temporal, too. */
  tellCatalogue(): Promise<void>;
  /** Has a campaign look at what was ordered. Resolves without Temporal, too. */
  tellCampaign(input: CampaignInput): Promise<void>;
  /** Has a message sent that was asked for by itself. Resolves without Temporal, too. */
  tellMessage(send: Parameters<typeof messageStart>[0]): Promise<void>;
}

/** `tell` says and logs that Temporal cannot be reached. */
export function temporalHints(
  tell: (what: string, work: (client: Client) => Promise<void>) => Promise<void>,
): TemporalHints {
  const hint = (what: string, work: (client: Client) => Promise<void>): Promise<void> =>
    tell(what, work).catch(() => undefined);
  const tellCatalogue = (): Promise<void> =>
    hint(TELL_CATALOGUE, async (client) => {
      await client.workflow.signalWithStart(TELL_CATALOGUE, {
        ...{ taskQueue: SYSTEM_QUEUE, workflowId: TELL_CATALOGUE, signal: CATALOGUE_SIGNAL },
      });
    });
  return {
    wakeWebhooks(input) {
      const workflowId = deliverWorkflowId(input);
      return hint(workflowId, async (client) => {
        await client.workflow.signalWithStart(DELIVER_WEBHOOKS, {
          ...{ taskQueue: SYSTEM_QUEUE, workflowId, args: [input] },
          ...{ signal: WAKE_SIGNAL, signalArgs: [] },
        });
      });
    },
    tellCatalogue: oneAtATime(tellCatalogue),
    tellCampaign(input) {
      const workflowId = campaignWorkflowId(input);
      return hint(workflowId, async (client) => {
        await client.workflow.signalWithStart(SEND_CAMPAIGN, {
          ...{ taskQueue: SYSTEM_QUEUE, workflowId, args: [input] },
          ...{ signal: CAMPAIGN_SIGNAL, signalArgs: [] },
        });
      });
    },
    tellMessage(send) {
      const start = messageStart(send);
      return hint(start.workflowId, async (client) => {
        try {
          await client.workflow.start(SEND_MESSAGE, start);
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
      });
    },
  };
}

/** While one call is under way, all that come are one more after it. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let waiting: Promise<void> | null = null;
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (running === null) return run();
    waiting ??= running.then(() => {
      waiting = null;
      return run();
    });
    return waiting;
  };
}
