import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { createCampaignStore, type CampaignStore } from '#campaigns/campaign-store.ts';
import { orderCampaign } from '#campaigns/order-campaign.ts';
import { createRecipientStore } from '#campaigns/recipient-store.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { CampaignOrder } from '#domain/campaign/orders.ts';
import { templatesOf } from '#domain/campaign/draw-place.ts';
import { stepOf } from '#domain/campaign/recipient.ts';
import { invalid, type Fault } from '#domain/errors.ts';
import { channelsNamed } from '#domain/sending/wanted-channels.ts';
import { createCampaignMessages } from '#messages/campaign-messages.ts';
import type { Clock } from '#platform/clock.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { CampaignFacts } from './campaign-views.ts';
import { lackingChannels } from './lacking-channels.ts';
import type { TemporalPort } from './temporal-port.ts';

/** What the API does with campaigns. Orders are durable before Temporal is told. */
export interface CampaignsPort {
  create(campaign: Campaign): Promise<StoredCampaign>;
  put(campaign: Campaign): Promise<{ stored: StoredCampaign; created: boolean }>;
  read: CampaignStore['read'];
  list: CampaignStore['list'];
  /** @throws DomainError `invalid` where a campaign to be started lacks its segment or content */
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
  const messages = createCampaignMessages(mongo.collections);
  return {
    create: (campaign) => campaigns.create(campaign, clock()),
    put: (campaign) => campaigns.put(campaign, clock()),
    read: (key) => campaigns.read(key),
    list: (request) => campaigns.list(request),
    async order(key, order) {
      if (order === 'start') {
        const { status, definition } = await campaigns.read(key);
        if (status === 'draft') await checkReady(mongo, definition);
      }
      const stored = await durably(() => orderCampaign(mongo, key, order, clock()));
      if (stored.controlled < stored.revision) await temporal.tellCampaign({ campaign: key });
      return stored;
    },
    async facts({ _id: key, definition, winner, status }, now) {
      const variants = definition.experiment?.variants.map((variant) => variant.key) ?? [];
      const isAsked = variants.length > 0 && winner === null && status !== 'draft';
      const [main, resend, results, lastDueAt] = await Promise.all([
        messages.engagement(key, stepOf('main')),
        messages.engagement(key, stepOf('resend')),
        isAsked ? messages.results(key, variants) : [],
        recipients.lastDue(key, ['main', 'rest', 'resend']),
      ]);
      return { now, engagement: { main, resend }, results, lastDueAt };
    },
  };
}

/** A campaign of which something is missing would suppress everybody. @throws DomainError `invalid` */
async function checkReady({ collections }: Mongo, campaign: Campaign): Promise<void> {
  const { segments, templates } = collections;
  const wanted = templatesOf(campaign);
  const [segment, stored] = await Promise.all([
    segments.findOne({ _id: campaign.segment }),
    templates.find({ _id: { $in: wanted.map(({ template }) => template) } }).toArray(),
  ]);
  const channels = channelsNamed(campaign).map(({ channel }) => channel);
  const faults = [
    ...segmentFaults(campaign.segment, segment),
    ...wanted.flatMap(({ template: key, pointer }): Fault[] => {
      const found = stored.find(({ _id }) => _id === key);
      if (found === undefined) {
        const detail = `There is no template "${key}". Make it first: PUT /v1/templates/${key}.`;
        return [{ pointer, detail }];
      }
      return lackingChannels(found.template, channels).map((channel) => {
        const detail = `The template "${key}" has no content for ${channel}, in no language.`;
        return { pointer, detail };
      });
    }),
  ];
  if (faults.length > 0) throw invalid('The campaign cannot start yet.', faults);
}

function segmentFaults(key: string, segment: { isKept: boolean } | null): Fault[] {
  const pointer = '#/segment';
  if (segment === null) {
    const detail = `There is no segment "${key}". Define it first: PUT /v1/segments/${key}.`;
    return [{ pointer, detail }];
  }
  if (segment.isKept) return [];
  const detail = `Nobody is in "${key}" until somebody asks: it speaks of a request, or of values to be filled in.`;
  return [{ pointer, detail }];
}
