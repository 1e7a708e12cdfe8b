import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { createCampaignStore, type CampaignStore } from '#campaigns/campaign-store.ts';
import { orderCampaign } from '#campaigns/order-campaign.ts';
import { createRecipientStore } from '#campaigns/recipient-store.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { CampaignOrder } from '#domain/campaign/orders.ts';
import { stepOf } from '#domain/campaign/recipient.ts';
import { createCampaignMessages, type CampaignMessages } from '#messages/campaign-messages.ts';
import type { Clock } from '#platform/clock.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { CampaignFacts } from './campaign-views.ts';
import { checkCampaign } from './check-campaign.ts';
import type { TemporalPort } from './temporal-port.ts';

/** What the API does with campaigns. Orders are durable before Temporal is told. */
export interface CampaignsPort {
  create(campaign: Campaign): Promise<StoredCampaign>;
  put(campaign: Campaign): Promise<{ stored: StoredCampaign; created: boolean }>;
  read: CampaignStore['read'];
  list: CampaignStore['list'];
  /** @throws DomainError `invalid` where a campaign that is to begin lacks its segment or content */
  order(key: string, order: CampaignOrder): Promise<StoredCampaign>;
  facts(stored: StoredCampaign, now: number): Promise<CampaignFacts>;
}

interface Parts {
  mongo: Mongo;
  clock: Clock;
  temporal: Pick<TemporalPort, 'tellCampaign'>;
}

/** Puts together what writes campaigns, gives them orders and shows how far they are. */
export function composeCampaigns({ mongo, clock, temporal }: Parts): CampaignsPort {
  const campaigns = createCampaignStore(mongo);
  const recipients = createRecipientStore(mongo, null);
  const toldOf = createToldOf(createCampaignMessages(mongo.collections));
  return {
    create: (campaign) => campaigns.create(campaign, clock()),
    put: (campaign) => campaigns.put(campaign, clock()),
    read: (key) => campaigns.read(key),
    list: (request) => campaigns.list(request),
    async order(key, order) {
      const { status, definition, taken } = await campaigns.read(key);
      const isStart = order === 'start' && status === 'draft';
      // One that was paused before it had its audience begins anew.
      const isBegin = order === 'resume' && status === 'paused' && taken.main === null;
      if (isStart || isBegin) await checkCampaign(mongo, definition);
      const stored = await durably(() => orderCampaign(mongo, key, order, clock()));
      if (stored.controlled < stored.revision) await temporal.tellCampaign({ campaign: key });
      return stored;
    },
    async facts(stored, now) {
      const [told, lastDueAt] = await Promise.all([
        toldOf(stored, now),
        recipients.lastDue(stored._id, ['main', 'rest', 'resend']),
      ]);
      return { now, ...told, lastDueAt };
    },
  };
}

type Told = Pick<CampaignFacts, 'engagement' | 'results'>;

/**
 * How old the word of receipts may be in an answer, in ms: it is counted over all messages of a
 * campaign, half a second of a million, and whoever watches one asks each second.
 */
const TOLD_FRESH_MS = 2_000;
/** Campaigns whose word is kept; few are watched at a time. */
const TOLD_MAX = 100;

/** What receipts say of a campaign, read once for all who ask within a moment. */
function createToldOf(
  messages: CampaignMessages,
): (stored: StoredCampaign, now: number) => Promise<Told> {
  const known = new Map<string, { at: number; told: Promise<Told> }>();
  return (stored, now) => {
    const { _id: key } = stored;
    const last = known.get(key);
    if (last !== undefined && now - last.at < TOLD_FRESH_MS) return last.told;
    const told = readTold(messages, stored);
    known.delete(key);
    known.set(key, { at: now, told });
    const oldest = known.keys().next();
    if (known.size > TOLD_MAX && oldest.done !== true) known.delete(oldest.value);
    // What failed is asked anew by the next one.
    told.catch(() => known.delete(key));
    return told;
  };
}

async function readTold(
  messages: CampaignMessages,
  { _id: key, definition, winner, status }: StoredCampaign,
): Promise<Told> {
  const variants = definition.experiment?.variants.map((variant) => variant.key) ?? [];
  const isAsked = variants.length > 0 && winner === null && status !== 'draft';
  const [main, resend, results] = await Promise.all([
    messages.engagement(key, stepOf('main')),
    messages.engagement(key, stepOf('resend')),
    isAsked ? messages.results(key, variants) : [],
  ]);
  return { engagement: { main, resend }, results };
}
