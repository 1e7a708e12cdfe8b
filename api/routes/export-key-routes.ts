import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import { EXPORT_FORMATS, EXPORT_TABLES } from '#domain/export/export.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import type { StoredExportKey } from '#exports/export-keys.ts';
import { readKeptSegment } from '#segments/read-segment.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, InstantSaid, iso, isoOrNull } from '../views.ts';

const NewKey = z.strictObject({
  name: z.string().trim().min(1, 'A key needs a name: who uses it?').max(200),
  export: z
    .union(
      [z.strictObject({ table: z.enum(EXPORT_TABLES) }), z.strictObject({ segment: SegmentKey })],
      { error: 'Write { table: orders }, or another table, or { segment: KEY }.' },
    )
    .describe('The one export that the key opens.'),
  format: z.enum(EXPORT_FORMATS),
  expiresAt: InstantSaid.optional().describe('Absent: until it is revoked.'),
});

const KeyView = z.object({
  id: z.string(),
  name: z.string(),
  export: z.string().describe('`orders`, `segments/vip`: the rest of the address it opens.'),
  format: z.enum(EXPORT_FORMATS),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  usedAt: Instant.nullable().describe('When it was last used, to the minute.'),
});

function viewKey(key: StoredExportKey): z.infer<typeof KeyView> {
  return {
    id: key._id,
    name: key.name,
    export: key.export,
    format: key.format,
    createdAt: iso(key.createdAt),
    expiresAt: isoOrNull(key.expiresAt),
    usedAt: isoOrNull(key.usedAt),
  };
}

/** Keys for programs that can send no headers; docs/adr/014 says why their place is the address. */
export function exportKeyRoutes(deps: AppDeps): Route[] {
  const { keys } = deps.exports;
  return [
    createRoute(deps),
    route({
      method: 'get',
      path: '/v1/exports/keys',
      id: 'listExportKeys',
      tag: 'Exports',
      summary: 'List export keys, without the keys themselves',
      scope: 'exports:write',
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(KeyView),
      async handle({ query }) {
        return { body: pageReply(await keys.list(pageRequest(query)), viewKey) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/exports/keys/{id}',
      id: 'revokeExportKey',
      tag: 'Exports',
      summary: 'Revoke an export key: its address opens nothing from now on',
      scope: 'exports:write',
      params: z.object({ id: z.string().max(100) }),
      status: 200,
      reply: z.object({ id: z.string() }),
      errors: ['not-found'],
      async handle({ params: { id } }) {
        if (!(await keys.revoke(id)))
          throw new DomainError('not-found', 'There is no such export key.');
        return { body: { id } };
      },
    }),
  ];
}

function createRoute({ exports, mongo, config, clock }: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/exports/keys',
    id: 'createExportKey',
    tag: 'Exports',
    summary: 'Make a key that opens one export, by its address alone',
    description:
      'For Power BI, Excel, Google Sheets and their like, which fetch an address and send no headers. The answer shows the key, and the address with it, once: only a hash is kept.',
    scope: 'exports:write',
    body: {
      schema: NewKey,
      examples: {
        orders: { name: 'Power BI, sales', export: { table: 'orders' }, format: 'csv' },
        segment: {
          name: 'Sheet of the call centre',
          export: { segment: 'vip' },
          format: 'csv',
          expiresAt: '2027-01-01T00:00:00.000Z',
        },
      },
    },
    status: 201,
    reply: KeyView.extend({
      key: z.string().describe('Shown here and never again.'),
      url: z.string().describe('What the program is given. Whoever has it reads the export.'),
    }),
    errors: ['not-found', 'conflict'],
    async handle({ body }) {
      const { name, format, expiresAt } = body;
      const until = expiresAt === undefined ? null : Date.parse(expiresAt);
      if (until !== null && until <= clock()) {
        const detail = 'This is over already.';
        throw invalid('The key would open nothing.', [{ pointer: '#/expiresAt', detail }]);
      }
      if ('segment' in body.export) await readKeptSegment(mongo.collections, body.export.segment);
      const path = 'segment' in body.export ? `segments/${body.export.segment}` : body.export.table;
      const made = await exports.keys.create({ name, export: path, format, expiresAt: until });
      const base = config.KAIROS_PUBLIC_URL.replace(/\/+$/, '');
      const url = `${base}/v1/exports/${path}?format=${format}&key=${made.key}`;
      return { body: { ...viewKey(made.stored), key: made.key, url } };
    },
  });
}
