import type { Request } from 'express';
import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import {
  EXPORT_FORMATS,
  EXPORT_TABLES,
  spanFault,
  type ExportFormat,
} from '#domain/export/export.ts';
import { errorCode, errorPlace } from '#platform/logger.ts';
import type { ExportAsk } from '#exports/open-export.ts';
import { readKeptSegment } from '#segments/read-segment.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route, type RouteReply } from '../route.ts';
import { InstantSaid } from '../views.ts';
import { SegmentKeyParam } from './segment-routes.ts';

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<ExportFormat, string>;

/** Files made at once by one process: each keeps a reader of the store busy. */
const EXPORTS_AT_ONCE = 4;
/** Seconds: a small export is over by then. */
const RETRY_AFTER_S = 10;

const flag = z.enum(['true', 'false']).transform((word) => word === 'true');

const look = {
  format: z.enum(EXPORT_FORMATS).optional().describe('`csv` where nothing is said.'),
  bom: flag
    .optional()
    .describe('CSV begins with a byte order mark, by which Excel knows UTF-8. Default: false.'),
  formulas: z
    .enum(['escape', 'keep'])
    .default('escape')
    .describe(
      'CSV: a cell that a spreadsheet would run as a formula gets an apostrophe in front, which an import takes away again; or everything stays as it is.',
    ),
  key: z
    .string()
    .max(200)
    .optional()
    .describe('A key that opens this export alone, in place of a bearer key.'),
};
const SegmentQuery = z.strictObject(look);
const TableQuery = z.strictObject({
  ...look,
  since: InstantSaid.optional().describe(
    'Of events, orders, runs and messages: those received, ordered, entered, made at this instant or later.',
  ),
  until: InstantSaid.optional().describe('… before this instant.'),
});

/** By which a program that asks again and again gets each event once. */
const NEXT_SINCE = 'Kairos-Next-Since';

const common = {
  method: 'get',
  tag: 'Exports',
  scope: 'exports:read',
  download: [...Object.values(CONTENT_TYPES)],
  status: 200,
  reply: z.unknown(),
} as const;

const DESCRIPTION =
  'A file of any size, made while it is sent; what breaks off in the middle breaks the connection. Columns that an import knows come first, then facts by name, then `kairos_…`, which is reckoned by Kairos and left alone by an import.';

export function exportRoutes(deps: AppDeps): Route[] {
  const make = fileMaker(deps);
  return [
    route({
      ...common,
      path: '/v1/exports/segments/{key}',
      id: 'exportSegment',
      summary: 'The members of a segment as a file',
      description: DESCRIPTION,
      params: SegmentKeyParam,
      query: SegmentQuery,
      errors: ['not-found', 'too-many-requests'],
      admitByUrl: admission(deps, ({ key }) => `segments/${String(key)}`),
      async handle({ params: { key }, query }) {
        await readKeptSegment(deps.mongo.collections, key);
        const what = { segment: key };
        const options = { ...query, since: undefined, until: undefined };
        return make({ what, options, name: `segment-${key}` });
      },
    }),
    route({
      ...common,
      path: '/v1/exports/{table}',
      id: 'exportTable',
      summary: 'A whole table as a file',
      description: DESCRIPTION,
      params: z.object({ table: z.enum(EXPORT_TABLES) }),
      query: TableQuery,
      replyHeaders: {
        [NEXT_SINCE]:
          'Of events: up to which instant all are there. The file ends before it; ask `since` it the next time, and no event is missed and none comes twice.',
      },
      errors: ['too-many-requests'],
      admitByUrl: admission(deps, ({ table }) => String(table)),
      async handle({ params: { table }, query }) {
        const fault = spanFault(msOf(query.since), msOf(query.until));
        if (fault !== null) throw invalid('The span of time is empty.', [fault]);
        return make({ what: { table }, options: query, name: table });
      },
    }),
  ];
}

interface FileAsk {
  what: ExportAsk['what'];
  options: z.infer<typeof TableQuery>;
  /** Of the file, without its ending. */
  name: string;
}

/** Makes files, a few at a time. */
function fileMaker(deps: AppDeps): (ask: FileAsk) => Promise<RouteReply<unknown>> {
  let underWay = 0;
  const counted: Pass = async function* (body) {
    if (underWay >= EXPORTS_AT_ONCE) {
      const detail = `${String(EXPORTS_AT_ONCE)} exports are being made already. Please repeat in a moment.`;
      throw new DomainError('too-many-requests', detail, { retryAfterS: RETRY_AFTER_S });
    }
    underWay += 1;
    try {
      yield* told(deps, body);
    } finally {
      underWay -= 1;
    }
  };
  return async ({ what, options, name }) => {
    const format = await formatOf(deps, options);
    const { formulas, bom = false } = options;
    const [since, until] = [msOf(options.since), msOf(options.until)];
    const ask = { what, format, formulas, bom, since, until };
    const { body, nextSince } = await deps.exports.open(ask);
    const type = CONTENT_TYPES[format];
    const isText = format !== 'parquet';
    const file = { type, name: `${name}.${format}`, isText, body: counted(body) };
    return {
      body: undefined,
      file,
      ...(nextSince !== null && { headers: { [NEXT_SINCE]: new Date(nextSince).toISOString() } }),
    };
  };
}

type Pass = <T>(body: AsyncIterable<T>) => AsyncGenerator<T>;

function msOf(instant: string | undefined): number | null {
  return instant === undefined ? null : Date.parse(instant);
}

/** A key in the address stands for one format; another one is not let in by it. */
async function formatOf(
  { exports }: AppDeps,
  { key, format }: Pick<FileAsk['options'], 'key' | 'format'>,
): Promise<ExportFormat> {
  if (key === undefined) return format ?? 'csv';
  const known = await exports.keys.read(key);
  if (format !== undefined && format !== known.format) {
    const detail = `The key in the address is for format=${known.format}.`;
    throw new DomainError('forbidden', detail);
  }
  return known.format;
}

/** Lets in by a key in the address, to the very export that the key was made for. */
function admission(
  { exports }: AppDeps,
  nameOf: (params: Request['params']) => string,
): (key: string, params: Request['params']) => Promise<void> {
  return async (key, params) => {
    const known = await exports.keys.read(key);
    if (known.export === nameOf(params)) return;
    throw new DomainError('forbidden', 'The key in the address is for another export.');
  };
}

/** The client sees a broken connection; the log has to say why. */
async function* told<T>({ logger }: AppDeps, body: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* body;
  } catch (error) {
    logger.error({ code: errorCode(error), place: errorPlace(error) }, 'export broke off');
    throw error;
  }
}
