import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Counter, type Registry } from 'prom-client';
import type { CampaignDeps } from '#activities/campaign/campaign-deps.ts';
import type { CampaignStore } from '#campaigns/campaign-store.ts';
import { createRecipientStore } from '#campaigns/recipient-store.ts';
import { ENDS } from '#domain/campaign/recipient.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import { createCampaignMessages } from '#messages/campaign-messages.ts';
import { createLedgerWords } from '#messages/ledger-words.ts';
import { createProgressOfMany } from '#messages/message-progress.ts';
import { coalesceReads } from '#platform/coalesce-reads.ts';
import type { Clock } from '#platform/clock.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createMemberPage } from '#segments/member-page.ts';
import {
  CAMPAIGN_SIGNAL,
  campaignWorkflowId,
  SEND_CAMPAIGN,
  SYSTEM_QUEUE,
} from '#workflows/contract.ts';

/** A second message may follow after so long, and asks who got the first. */
const RECIPIENTS_KEPT_LEAST_MS = 90 * DAY_MS;

type Shared = Pick<
  CampaignDeps,
  | 'profiles'
  | 'send'
  | 'withdraw'
  | 'sendQueue'
  | 'isPaced'
  | 'queuedMax'
  | 'defaultZone'
  | 'logger'
>;

interface CampaignParts extends Shared {
  campaigns: CampaignStore;
  /** How long messages are kept, in ms; null: for good. */
  keptMs: number | null;
  registry: Registry;
  clock: Clock;
}

/** Puts together what sends campaigns. */
export function composeCampaigns(
  mongo: Mongo,
  { keptMs, registry, ...shared }: CampaignParts,
): CampaignDeps {
  const { collections } = mongo;
  const { segments } = collections;
  const kept = keptMs === null ? null : Math.max(keptMs, RECIPIENTS_KEPT_LEAST_MS);
  const messages = createCampaignMessages(collections);
  const receipts = coalesceReads(createProgressOfMany(collections));
  const answered = coalesceReads(async (ids) => {
    const some = await messages.answered(ids);
    return new Map([...some].map((id) => [id, true]));
  });
  return {
    ...shared,
    recipients: createRecipientStore(mongo, kept),
    messages,
    words: createLedgerWords(collections),
    members: createMemberPage(collections),
    async segmentState(segment) {
      const found = await segments.findOne({ _id: segment }, { projection: { filledAt: 1 } });
      if (found === null) return 'missing';
      return found.filledAt === null ? 'filling' : 'filled';
    },
    receipts: async (recipient) => (await receipts(recipient)) ?? [],
    hasAnswered: async (recipient) => (await answered(recipient)) ?? false,
    doors: new Map(),
    onEnded: countEnded(registry),
  };
}

/** Whether a campaign was stopped: what is about to go out asks once more. */
export function isStoppedBy(
  campaigns: Pick<CampaignStore, 'statusOf'>,
): (campaign: string) => Promise<boolean> {
  return async (campaign) => (await campaigns.statusOf(campaign)) === 'stopped';
}

/** The keys of campaigns are the shop's own words, and there are many in a year: no label of ours. */
function countEnded(registry: Registry): NonNullable<CampaignDeps['onEnded']> {
  const ended = new Counter({
    name: 'kairos_campaign_recipients_total',
    help: 'Recipients of campaigns that have ended: sent, suppressed, failed or stopped.',
    labelNames: ['end'] as const,
    registers: [registry],
  });
  for (const end of ENDS) ended.inc({ end }, 0);
  return (end, count) => {
    ended.inc({ end }, count);
  };
}

/** Orders are durable before Temporal is told: what it missed, or lost with everything, it is told. */
export async function redriveCampaigns(
  client: Client,
  campaigns: Pick<CampaignStore, 'underWay'>,
  clock: Clock,
): Promise<void> {
  for (const { key: campaign, isUntold } of await campaigns.underWay(clock())) {
    const workflowId = campaignWorkflowId({ campaign });
    const options = { taskQueue: SYSTEM_QUEUE, workflowId, args: [{ campaign }] };
    if (isUntold) {
      const signal = CAMPAIGN_SIGNAL;
      await client.workflow.signalWithStart(SEND_CAMPAIGN, { ...options, signal, signalArgs: [] });
      continue;
    }
    try {
      await client.workflow.start(SEND_CAMPAIGN, options);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
