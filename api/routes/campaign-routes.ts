import { z } from 'zod';
import type { StoredCampaign } from '#campaigns/campaign-document.ts';
import { Campaign, parseCampaign } from '#domain/campaign/campaign.ts';
import { ORDERS, type CampaignOrder } from '#domain/campaign/orders.ts';
import { invalid, type DomainError } from '#domain/errors.ts';
import type { AppDeps } from '../deps.ts';
import {
  CampaignStatusView,
  CampaignView,
  viewCampaign,
  viewCampaignStatus,
} from '../campaign-views.ts';
import { CAMPAIGN_EXAMPLES } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, withKey, type BodySpec, type Route } from '../route.ts';

/** The key of a campaign in an address: what is none is simply not found. */
const CampaignKeyParam = z.object({ key: z.string().max(200) });

const newBody: BodySpec<Campaign> = {
  schema: Campaign,
  parse: parseCampaign,
  examples: CAMPAIGN_EXAMPLES,
};

const putBody: BodySpec<Campaign> = {
  ...newBody,
  parse: (input, { key }) => parseCampaign(withKey(input, key)),
};

const ORDER_SUMMARIES: Record<CampaignOrder, string> = {
  start: 'Start: it is sent at once, or when its time comes',
  pause: 'Pause: nothing more goes out until it is resumed',
  resume: 'Resume after a pause',
  stop: 'Stop for good: nobody else gets it',
};

const ORDER_WORDS: Partial<Record<CampaignOrder, string>> = {
  start:
    'A campaign goes out once. Its segment and its templates must be there, with content in each of its channels. Who gets it is taken from the segment when it begins.',
  pause: 'What is being handed to a provider in this moment still goes out.',
  stop: 'Whoever had no turn yet counts as `stopped`. It cannot be started again.',
};

/** One message or cascade to a whole segment: writing it, giving it orders, and how far it is. */
export function campaignRoutes(deps: AppDeps): Route[] {
  return [...readingRoutes(deps), ...writingRoutes(deps), ...orderRoutes(deps)];
}

async function view(
  { campaigns, clock }: AppDeps,
  stored: StoredCampaign,
): Promise<z.infer<typeof CampaignView>> {
  return viewCampaign(stored, await campaigns.facts(stored, clock()));
}

function readingRoutes(deps: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Campaigns', scope: 'campaigns:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/campaigns',
      id: 'listCampaigns',
      summary: 'List campaigns, newest first',
      query: z.strictObject(pageQuery),
      reply: listOf(CampaignStatusView),
      async handle({ query }) {
        const page = await deps.campaigns.list(pageRequest(query));
        return { body: pageReply(page, viewCampaignStatus) };
      },
    }),
    route({
      ...read,
      path: '/v1/campaigns/{key}',
      id: 'readCampaign',
      summary: 'Read one campaign: its definition, what became of everybody, and the time left',
      params: CampaignKeyParam,
      reply: CampaignView,
      errors: ['not-found'],
      async handle({ params }) {
        return { body: await view(deps, await deps.campaigns.read(params.key)) };
      },
    }),
  ];
}

function writingRoutes(deps: AppDeps): Route[] {
  const write = { tag: 'Campaigns', scope: 'campaigns:write', reply: CampaignView } as const;
  return [
    route({
      ...write,
      method: 'post',
      path: '/v1/campaigns',
      id: 'createCampaign',
      summary: 'Make a campaign: a draft, until it is started',
      body: newBody,
      status: 201,
      errors: ['conflict'],
      idempotent: true,
      async handle({ body }) {
        return { body: await view(deps, await deps.campaigns.create(body)) };
      },
    }),
    route({
      ...write,
      method: 'put',
      path: '/v1/campaigns/{key}',
      id: 'putCampaign',
      summary: 'Make a campaign, or change its draft',
      description: 'Once it was started it stays as it is.',
      params: CampaignKeyParam,
      body: putBody,
      status: 200,
      errors: ['conflict'],
      async handle({ params, body }) {
        if (body.key !== params.key) throw otherKey();
        const { stored, created } = await deps.campaigns.put(body);
        return { body: await view(deps, stored), status: created ? 201 : 200 };
      },
    }),
  ];
}

function otherKey(): DomainError {
  const detail = 'The key must be the one in the address; a campaign cannot be renamed.';
  return invalid('The campaign is not right.', [{ pointer: '#/key', detail }]);
}

function orderRoutes(deps: AppDeps): Route[] {
  return (Object.keys(ORDERS) as CampaignOrder[]).map((order) => {
    const words = ORDER_WORDS[order];
    return route({
      method: 'post',
      path: `/v1/campaigns/{key}/${order}`,
      id: `${order}Campaign`,
      tag: 'Campaigns',
      summary: ORDER_SUMMARIES[order],
      ...(words !== undefined && { description: words }),
      scope: 'campaigns:write',
      params: CampaignKeyParam,
      status: 200,
      reply: CampaignStatusView,
      errors: ['not-found', 'conflict'],
      async handle({ params }) {
        return { body: viewCampaignStatus(await deps.campaigns.order(params.key, order)) };
      },
    });
  });
}
