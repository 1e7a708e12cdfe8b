import { z } from 'zod';
import { listDeeds } from '#platform/audit.ts';
import { DEED_KINDS, type StoredDeed } from '#platform/documents.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const WHO = ['server', 'browser', 'provider', 'admin', 'kairos'] as const;

const Definition = z.record(z.string(), z.unknown()).nullable();

const DeedView = z.object({
  id: z.string(),
  at: Instant,
  who: z.enum(WHO).describe('The kind of key it was asked with; `kairos`: an operator’s setting.'),
  what: z.enum(DEED_KINDS),
  ids: z.record(z.string(), z.string()).describe('What it was done to; ids, no addresses.'),
  before: Definition.describe(
    'As it was; null: there was none. Of a definition over 64,000 characters its hash.',
  ),
  after: Definition.describe('As it is since; null: there is none any more.'),
});

function viewDeed(deed: StoredDeed): z.infer<typeof DeedView> {
  const { _id: id, at, who, what, ids, before = null, after = null } = deed;
  return { id, at: iso(at), who, what, ids, before, after };
}

/** Who changed what: written with the change itself, and never changed. */
export function auditRoutes({ mongo }: AppDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/audit',
      id: 'listAudit',
      tag: 'Operation',
      summary: 'Who changed what, the latest first',
      description:
        'Definitions stored, published, paused, stopped and removed, merges and conflicts decided by hand, undone merges, keys. Nothing here is ever changed or removed.',
      scope: 'audit:read',
      query: z.strictObject({
        what: z.enum(DEED_KINDS).optional(),
        who: z.enum(WHO).optional(),
        id: z
          .string()
          .max(200)
          .optional()
          .describe('Of what it was done to: a key, or the id of a profile or merge.'),
        since: z.iso.datetime({ offset: true }).optional().describe('Only from this instant on.'),
        ...pageQuery,
      }),
      status: 200,
      reply: listOf(DeedView),
      async handle({ query: { what, who, id, since, ...page } }) {
        const from = since === undefined ? undefined : Date.parse(since);
        const asked = { what, who, id, since: from };
        const deeds = await listDeeds(mongo.collections, asked, pageRequest(page));
        return { body: pageReply(deeds, viewDeed) };
      },
    }),
  ];
}
