import type { Request } from 'express';
import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { MEANINGS } from '#domain/import/column-meanings.ts';
import { IMPORT_KINDS } from '#domain/import/import-map.ts';
import { byRow } from '#domain/import/tally.ts';
import { fetchFile } from '#imports/fetch-file.ts';
import { EMAIL_FORMS } from '#domain/import/email-hash.ts';
import {
  AUDIENCE_MODES,
  FORMATS,
  IMPORT_STATUSES,
  type StoredImport,
} from '#imports/import-document.ts';
import { progressOf, secondsLeft } from '#imports/import-progress.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { ImportQuery, readImportRequest, TYPES } from '../read-import-request.ts';
import { route, type Route } from '../route.ts';
import { uploadOf } from '../slow-bodies.ts';
import { Instant, iso } from '../views.ts';

const RowError = z.object({
  row: z.number().int().describe('1 is the first row after the header.'),
  column: z.string().nullable(),
  detail: z.string(),
});

const Audience = z.object({
  segment: z.string(),
  mode: z.enum(AUDIENCE_MODES),
  emails: z.enum(EMAIL_FORMS),
  hashes: z
    .number()
    .int()
    .describe(
      'Of the file, each counted once; 0 until the end, and where `mode=replace` was refused.',
    ),
  matched: z.number().int().describe('Of these, those that a customer’s e-mail has.'),
  unmatched: z.number().int(),
  people: z.number().int().describe('Customers with such an e-mail.'),
  added: z.number().int().describe('Of these, those who were not in the list; 0 until the end.'),
  removed: z.number().int().describe('Customers taken off the list; 0 until the end.'),
});

const ImportView = z.object({
  id: z.string(),
  as: z.enum(IMPORT_KINDS),
  format: z.enum(FORMATS),
  dryRun: z.boolean(),
  status: z.enum(IMPORT_STATUSES),
  total: z.number().int().describe('Rows of the file.'),
  rows: z.number().int().describe('Rows read so far; at the end accepted + rejected + skipped.'),
  accepted: z.number().int(),
  rejected: z.number().int(),
  skipped: z.number().int(),
  progress: z.number().describe('0 to 1.'),
  secondsLeft: z
    .number()
    .int()
    .nullable()
    .describe('About how long it will still take; null: it has ended, or hardly begun.'),
  errors: z.array(RowError).describe('The first 1,000.'),
  cleaned: z.array(
    z.object({
      column: z.string(),
      change: z.string(),
      count: z.number().int(),
      rows: z.array(z.number().int()).describe('Up to five examples.'),
    }),
  ),
  columns: z
    .array(
      z.object({
        column: z.string(),
        becomes: z
          .enum(MEANINGS)
          .describe(
            '`field`: of the event, order, product or consent; `line`: of the order’s line; `properties`: all of them, as JSON; `skip`: only said which rows are left out.',
          ),
        name: z.string().nullable().describe('Of the attribute, property, field or identity.'),
      }),
    )
    .describe('What each column becomes, in the order of the file.'),
  ignored: z.array(z.string()).describe('Columns that nothing was taken from.'),
  archived: z
    .number()
    .int()
    .nullable()
    .describe('Products archived because the file does not name them; null: that was not asked.'),
  would: z
    .object({
      newProfiles: z.number().int(),
      knownProfiles: z.number().int(),
      mergedProfiles: z.number().int().describe('The file says that they are somebody else.'),
      conflicts: z.number().int().describe('Addresses that belong to other customers.'),
      newEvents: z.number().int(),
      knownEvents: z.number().int().describe('In already: they would change nothing.'),
      productsCreated: z.number().int(),
      productsChanged: z.number().int(),
    })
    .nullable()
    .describe(
      'What a dry run found out that the import would do; null: it is none, or of an audience, of which `audience` says it.',
    ),
  audience: Audience.nullable().describe('What the hashes of an audience came to.'),
  failure: z.string().nullable().describe('Why it ended before the file did.'),
  createdAt: Instant,
  endedAt: Instant.nullable(),
});

function viewImport(made: StoredImport, now: number): z.infer<typeof ImportView> {
  const { _id: id, createdAt, endedAt } = made;
  const { as, format, dryRun, status, total, rows, accepted, rejected, skipped } = made;
  return {
    id,
    as,
    format,
    dryRun,
    status,
    total,
    rows,
    accepted,
    rejected,
    skipped,
    progress: progressOf(made),
    secondsLeft: secondsLeft(made, now),
    errors: byRow(made.errors),
    cleaned: made.cleaned,
    columns: made.meanings ?? [],
    ignored: made.ignored,
    archived: made.archived ?? null,
    would: made.would ?? null,
    audience: viewAudience(made),
    failure: made.failure,
    createdAt: iso(createdAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}

function viewAudience({ audience, counts }: StoredImport): z.infer<typeof Audience> | null {
  if (audience === undefined) return null;
  const { hashes = 0, matched = 0, people = 0, added = 0, removed = 0 } = counts ?? {};
  const unmatched = hashes - matched;
  return { ...audience, hashes, matched, unmatched, people, added, removed };
}

export function importRoutes(deps: AppDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/imports',
      id: 'postImport',
      tag: 'Imports',
      summary: 'Bring a file in',
      description:
        'The file is the body, CSV, NDJSON, Parquet or a feed of Google Merchant, packed by gzip or not; or JSON `{ url, as, map, dryRun }` names where it is. Of an audience `segment` and `mode` say which list it is for. The answer comes once the file is kept and was looked through; its rows are then brought in, and a read of the import tells how far. A file that is broken anywhere changes nothing.',
      scope: 'imports:write',
      query: ImportQuery,
      upload: [...Object.keys(TYPES), 'application/octet-stream', 'application/json'],
      status: 202,
      reply: ImportView,
      errors: ['invalid'],
      async handle({ query, request }) {
        const made = await receive(deps, query, request).catch((error: unknown) => {
          // The rest of the file is read and thrown away, so that the client sees the answer.
          request.resume();
          throw brokenOff(error);
        });
        return {
          body: viewImport(made, deps.clock()),
          headers: { Location: `/v1/imports/${made._id}` },
        };
      },
    }),
    ...readingRoutes(deps),
  ];
}

function readingRoutes(deps: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Imports', scope: 'imports:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/imports',
      id: 'listImports',
      summary: 'List imports, newest first',
      query: z.strictObject(pageQuery),
      reply: listOf(ImportView),
      async handle({ query }) {
        const now = deps.clock();
        const page = await deps.imports.list(pageRequest(query));
        return { body: pageReply(page, (made) => viewImport(made, now)) };
      },
    }),
    route({
      ...read,
      path: '/v1/imports/{id}',
      id: 'readImport',
      summary: 'How far an import is, and what became of its rows',
      params: z.object({ id: z.string().max(100) }),
      reply: ImportView,
      errors: ['not-found'],
      async handle({ params }) {
        const made = await deps.imports.find(params.id);
        if (made === null) throw new DomainError('not-found', 'There is no such import.');
        return { body: viewImport(made, deps.clock()) };
      },
    }),
  ];
}

async function receive(
  { imports }: AppDeps,
  query: ImportQuery,
  req: Request,
): Promise<StoredImport> {
  const { url, ask } = readImportRequest(query, req);
  if (url === undefined) {
    return imports.receive(ask('', req.get('content-type') ?? ''), uploadOf(req));
  }
  const file = await fetchFile(url);
  return imports.receive(ask(file.name, file.type), file.bytes);
}

/** A client that left in the middle of its file is nobody's fault here. */
function brokenOff(error: unknown): unknown {
  const isGone = (error as { code?: unknown } | null)?.code === 'ECONNRESET';
  return isGone
    ? new DomainError('malformed', 'The upload broke off; nothing was changed.')
    : error;
}
