import {
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { CampaignSends, MessageSends, SystemActivities } from '#activities/index.ts';
import {
  CAMPAIGN_SIGNAL,
  LONGEST_WAIT_MS,
  type CampaignInput,
  type MessageInput,
  type MessageTurn,
  type QueuedSend,
} from './contract.ts';

const campaigns = proxyActivities<SystemActivities>({
  startToCloseTimeout: '24h',
  // How long a campaign stands still after the kill of the worker that sent it.
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'send campaign',
});

/** One message over the queue of its provider, where the provider's rate is kept; false: it failed. */
async function sendQueued({ queue, campaign, recipient }: QueuedSend): Promise<boolean> {
  const { sendToRecipient } = proxyActivities<CampaignSends>({
    taskQueue: queue,
    startToCloseTimeout: '1m',
    // However slow the rate is: so many wait at most, and a pause is looked at when they went.
    scheduleToStartTimeout: '1h',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '1m',
      maximumAttempts: 5,
    },
    summary: 'send to a recipient',
  });
  try {
    await sendToRecipient({ campaign, recipient });
    return true;
  } catch (error) {
    // They are due still, and come again with the next look.
    if (isCancellation(error)) throw error;
    return false;
  }
}

/** Where a queue took nothing it is not asked again at once. */
const AFTER_QUEUED = '1s';

/**
 * Sends a campaign: does what is due, waits for what is not yet, and ends when everybody has had
 * their turn. What is left to do stands in the store, so it begins anew wherever it is begun.
 */
export async function sendCampaign(input: CampaignInput): Promise<void> {
  let hasNews = false;
  const hasSignal = (): boolean => hasNews;
  setHandler(defineSignal(CAMPAIGN_SIGNAL), () => {
    hasNews = true;
  });
  while (!workflowInfo().continueAsNewSuggested) {
    hasNews = false;
    const turn = await campaigns.campaignTurn(input);
    if (turn.kind === 'over') {
      // Told of something in this very moment: it may not be over after all.
      if (!hasSignal()) return;
    } else if (turn.kind === 'queued') {
      const from = Date.now();
      const went = await Promise.all(turn.sends.map(sendQueued));
      // Histories of before asked the clock, which a task that is made anew has another of.
      const isInVain = patched('campaign-queue-in-vain')
        ? !went.includes(true)
        : Date.now() - from < 100;
      if (isInVain) await sleep(AFTER_QUEUED);
    } else if (turn.kind === 'wait') {
      if (turn.ms === null) await condition(hasSignal);
      else await condition(hasSignal, Math.min(turn.ms, LONGEST_WAIT_MS));
    }
  }
  await continueAsNew<typeof sendCampaign>(input);
}

/**
 * Somebody waits for it: it is tried in the workflow's own task, without a way through the server.
 * A provider's call takes ten seconds at most.
 */
const messages = proxyLocalActivities<SystemActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** The same over the queue of its provider, where the provider's rate is kept. */
async function overQueue(input: MessageInput, queue: string): Promise<MessageTurn> {
  const { sendMessage: send } = proxyActivities<MessageSends>({
    taskQueue: queue,
    startToCloseTimeout: '30s',
    // Long enough for any rate; a queue that nobody serves any more is left for another.
    scheduleToStartTimeout: '1h',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '10s',
      maximumAttempts: 5,
    },
  });
  try {
    return await send(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await sleep(AFTER_QUEUED);
    return messages.messageTurn(input);
  }
}

/**
 * Sends one message, or a cascade, that was asked for by itself. What it is and how far it is stands
 * in the store, so it begins anew wherever it is begun.
 */
export async function sendMessage(input: MessageInput): Promise<void> {
  let turn = await messages.messageTurn(input);
  while (!workflowInfo().continueAsNewSuggested) {
    if (turn.kind === 'over') return;
    if (turn.kind === 'queued') {
      turn = await overQueue(input, turn.queue);
    } else {
      await sleep(Math.min(turn.ms, LONGEST_WAIT_MS));
      turn = await messages.messageTurn(input);
    }
  }
  await continueAsNew<typeof sendMessage>(input);
}
