import { z } from 'zod';
import { Condition } from '#domain/condition/condition.ts';
import { invalid } from '#domain/errors.ts';
import type { Page, PageRequest } from '#domain/page.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { searchNames } from '#profiles/search-names.ts';
import {
  readFound,
  searchIdentity,
  searchSegment,
  type FoundProfile,
} from '#profiles/search-profiles.ts';
import { readKeptSegment } from '#segments/read-segment.ts';
import { searchCondition } from '#segments/search-condition.ts';
import type { AppDeps } from '../deps.ts';
import { bodyPage, listOf, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';
import { Identity } from '../identity-word.ts';
import { checkAsked, given } from './segment-count-routes.ts';

/** Longest text typed to find a name. */
const TYPED_MAX = 100;

const Search = z.strictObject({
  identity: Identity.optional().describe(
    'An e-mail address, a phone number in any usual spelling, the shop’s own id, a browser’s or device’s id, or the id of the profile; its kind need not be said.',
  ),
  namePrefix: z
    .string()
    .min(1)
    .max(TYPED_MAX)
    .optional()
    .describe(
      'The beginning of a first, last or whole name, or of several of its words; case and accents do not count.',
    ),
  segment: z.string().max(200).optional().describe('The key of a segment: its members.'),
  condition: Condition.optional().describe('Any condition: of whom it holds now.'),
  ...bodyPage,
});
type Search = z.infer<typeof Search>;

const WAYS = ['identity', 'namePrefix', 'segment', 'condition'] as const;

const FoundView = z.object({
  id: z.string(),
  name: z.string().nullable(),
  identities: z.array(z.string()).describe('Customer ids, e-mails and phones, at most ten.'),
  ordersCount: z.number().int(),
  totalSpent: z.number().describe('In major units of the shop’s currency.'),
  lastSeenAt: Instant.nullable(),
  createdAt: Instant,
  links: z.object({ self: z.string() }),
});

/** Finding people. What is asked for stands in the body: addresses have no place in URLs. */
export function profileSearchRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  const currency = deps.config.KAIROS_CURRENCY;
  return [
    route({
      method: 'post',
      path: '/v1/profiles/search',
      id: 'searchProfiles',
      tag: 'Profiles',
      summary: 'Find customers by identity, name, segment or condition',
      description:
        'Say one of the four. By name in the order of the alphabet, by segment or condition the newest customers first. A page of a search by several words of a name, or by a condition, may hold fewer than `limit` and still have a `next`: what is looked at for one answer is limited.',
      scope: 'profiles:read',
      body: {
        schema: Search,
        examples: {
          address: { identity: 'anna@shop.example' },
          name: { namePrefix: 'mül', limit: 20 },
          members: { segment: 'vip' },
        },
      },
      status: 200,
      reply: listOf(FoundView),
      errors: ['not-found'],
      async handle({ body }) {
        const page = await find(deps, body);
        const rows = await readFound(c, page.rows);
        return { body: pageReply({ ...page, rows }, (found) => viewFound(found, currency)) };
      },
    }),
  ];
}

async function find(deps: AppDeps, search: Search): Promise<Page<string>> {
  const c = deps.mongo.collections;
  const { identity, namePrefix, segment, condition } = search;
  if (WAYS.filter((way) => search[way] !== undefined).length !== 1) {
    throw invalid('Say one thing to search by.', [
      { pointer: '#', detail: `Write exactly one of ${WAYS.join(', ')}.` },
    ]);
  }
  const page = pageRequest(search);
  if (identity !== undefined) return searchIdentity(c, identity, deps.config.KAIROS_COUNTRY);
  if (namePrefix !== undefined) return searchNames(c, namePrefix, page);
  if (segment !== undefined) {
    await readKeptSegment(c, segment);
    return searchSegment(c, segment, page);
  }
  return condition === undefined ? { rows: [], next: null } : holding(deps, condition, page);
}

async function holding(
  deps: AppDeps,
  condition: Condition,
  page: PageRequest,
): Promise<Page<string>> {
  const definitions = await deps.segments.definitions();
  checkAsked(condition, definitions);
  const { mongo, pastEvents: past } = deps;
  const asked = { collections: mongo.collections, definitions, past, given: given(deps, {}) };
  return searchCondition(asked, condition, page);
}

function viewFound(found: FoundProfile, currency: string): z.infer<typeof FoundView> {
  const { id, name, identities, ordersCount, totalSpent, lastSeenAt, createdAt } = found;
  return {
    ...{ id, name, identities, ordersCount },
    totalSpent: toMajorUnits(totalSpent, currency),
    lastSeenAt: lastSeenAt === null ? null : iso(lastSeenAt),
    createdAt: iso(createdAt),
    links: { self: `/v1/profiles/${encodeURIComponent(id)}` },
  };
}
