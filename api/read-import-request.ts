import type { Request } from 'express';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { IMPORT_KINDS } from '#domain/import/import-map.ts';
import { EMAIL_FORMS } from '#domain/import/email-hash.ts';
import { SegmentKey } from '#domain/segment/segment-key.ts';
import {
  AUDIENCE_MODES,
  FORMATS,
  MISSING,
  type Audience,
  type Format,
} from '#imports/import-document.ts';
import type { Asked } from '#imports/imports.ts';
import { parseBody } from './body.ts';
import { faultsOf } from './route.ts';

/** Content types of files; what comes without one of them says `format`. */
export const TYPES: Readonly<Record<string, Format>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/vnd.apache.parquet': 'parquet',
  'application/x-parquet': 'parquet',
  'application/rss+xml': 'google-merchant',
  'application/atom+xml': 'google-merchant',
  'application/xml': 'google-merchant',
  'text/xml': 'google-merchant',
};
/** Content types that programs send where they were told of none. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'text/plain',
]);
const ENDINGS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  parquet: 'parquet',
  xml: 'google-merchant',
};

/** Characters of a map as text: five hundred attributes with their columns. */
const MAP_LENGTH_MAX = 100_000;

const Flag = z
  .enum(['true', 'false', '1', '0', ''])
  .transform((word) => word !== 'false' && word !== '0');

export const ImportQuery = z.strictObject({
  as: z.enum(IMPORT_KINDS).optional().describe('What the rows are. Needed, here or with the URL.'),
  format: z
    .enum(FORMATS)
    .optional()
    .describe('By default the content type says it, or the file’s own beginning.'),
  map: z
    .string()
    .max(MAP_LENGTH_MAX)
    .optional()
    .describe(
      'Which column means what, as JSON or YAML. The header `X-Kairos-Map` may say it too, percent-encoded.',
    ),
  dryRun: Flag.optional().describe('Counts what would happen and changes nothing.'),
  'dry-run': Flag.optional().describe('The same.'),
  dry_run: Flag.optional().describe('The same.'),
  missing: z
    .enum(MISSING)
    .optional()
    .describe('Whether products that the file does not name are archived; by default kept.'),
  segment: SegmentKey.optional().describe(
    'Key of the static segment an audience is for; it is made where there is none.',
  ),
  mode: z
    .enum(AUDIENCE_MODES)
    .optional()
    .describe('Whether the audience is added to the list, by default, or becomes it.'),
  emails: z
    .enum(EMAIL_FORMS)
    .optional()
    .describe(
      '`google`: before hashing, dots before @gmail.com and @googlemail.com were left out.',
    ),
  url: z.string().max(4_000).optional().describe('Where the file is, instead of a body.'),
});
export type ImportQuery = z.infer<typeof ImportQuery>;

const FromUrl = z.strictObject({
  url: z.string().max(4_000),
  as: z.enum(IMPORT_KINDS).optional(),
  format: z.enum(FORMATS).optional(),
  map: z.unknown().optional(),
  dryRun: z.boolean().optional(),
  missing: z.enum(MISSING).optional(),
  segment: SegmentKey.optional(),
  mode: z.enum(AUDIENCE_MODES).optional(),
  emails: z.enum(EMAIL_FORMS).optional(),
});

/** What is asked for, and where its file is. */
export interface ImportRequest {
  /** Absent: the file is the body. */
  url?: string;
  /** With what is known of the file: its name's ending and its content type. */
  ask: (name: string, type: string) => Asked;
}

/**
 * Reads what is asked for, of the query, the header and a JSON body: the query's word counts first.
 * @throws DomainError `invalid`, `malformed`, `unsupported-media-type`.
 */
export function readImportRequest(query: ImportQuery, req: Request): ImportRequest {
  const isJson = typeof req.is('application/json') === 'string';
  const said = { ...(isJson ? readFromUrl(req) : {}), ...defined(query) };
  const { as, format, url } = said;
  if (as === undefined) throw missingKind();
  const map = mapOf(query, req) ?? (typeof said.map === 'string' ? mapIn(said.map) : said.map);
  const dryRun =
    [query.dryRun, query['dry-run'], query.dry_run].includes(true) || said.dryRun === true;
  return {
    ...(url === undefined ? {} : { url }),
    ask: (name, type) => ({
      as,
      map,
      dryRun,
      missing: said.missing ?? 'keep',
      audience: audienceOf(said),
      charset: charsetOf(type),
      format: format ?? formatOf(name, type),
    }),
  };
}

/** The list an audience is for; null where none was named, which `as=audience` is refused for. */
function audienceOf({
  segment,
  mode,
  emails,
}: Pick<ImportQuery, 'segment' | 'mode' | 'emails'>): Audience | null {
  if (segment !== undefined) return { segment, mode: mode ?? 'add', emails: emails ?? 'plain' };
  const [said] = Object.entries({ mode, emails }).filter(([, word]) => word !== undefined);
  if (said === undefined) return null;
  const detail = `\`${said[0]}\` is said of an audience: name its list by \`segment\`, too.`;
  throw new DomainError('invalid', detail, { faults: [{ pointer: '#/segment', detail }] });
}

function defined(query: ImportQuery): ImportQuery {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function readFromUrl(req: Request): z.infer<typeof FromUrl> {
  const body = parseBody(req);
  const parsed = FromUrl.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new DomainError(
    'invalid',
    'JSON here names where a file is: `{ "url": "https://…", "as": "orders" }`. The rows themselves are sent as application/x-ndjson, one object a line.',
    { faults: faultsOf(FromUrl, body, parsed.error.issues) },
  );
}

function missingKind(): DomainError {
  const detail = `Say what the rows are: \`as\` is one of ${IMPORT_KINDS.join(', ')}.`;
  return new DomainError('invalid', detail, { faults: [{ pointer: '#/as', detail }] });
}

/** The map of the query or the header; undefined where neither has one. */
function mapOf({ map }: Partial<ImportQuery>, req: Request): unknown {
  const header = req.get('x-kairos-map');
  const text = map ?? (header === undefined ? undefined : decoded(header));
  return text === undefined || text.trim() === '' ? undefined : mapIn(text);
}

function mapIn(text: string): unknown {
  try {
    return parseYaml(text, { schema: 'core', maxAliasCount: 0, uniqueKeys: true });
  } catch {
    throw new DomainError('malformed', 'The map is neither JSON nor YAML.');
  }
}

function decoded(header: string): string {
  try {
    return header.trimStart().startsWith('{') ? header : decodeURIComponent(header);
  } catch {
    return header;
  }
}

/** Null: the file's own beginning says it. */
function formatOf(name: string, type: string): Format | null {
  const ending = name.toLowerCase().replace(/\.gz$/, '').split('.').at(-1) ?? '';
  const bare = type.split(';')[0]?.trim().toLowerCase() ?? '';
  const format = ENDINGS[ending] ?? TYPES[bare];
  if (format !== undefined) return format;
  if (SAYS_NOTHING.has(bare)) return null;
  throw new DomainError(
    'unsupported-media-type',
    `Say what the file is: a Content-Type of text/csv, application/x-ndjson, application/vnd.apache.parquet or application/xml, or \`format\`, one of ${FORMATS.join(', ')}.`,
  );
}

function charsetOf(type: string): string {
  return /;\s*charset="?([^";\s]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
}
