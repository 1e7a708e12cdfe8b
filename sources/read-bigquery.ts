import { BigQuery, type Job } from '@google-cloud/bigquery';
import { plainCell } from '#domain/import/plain-cell.ts';
import type { Json } from '#domain/json.ts';
import {
  bigquerySql,
  CURSOR_COLUMN,
  GA4_LOOK_BACK,
  KEY_COLUMN,
} from '#domain/source/bigquery-sql.ts';
import { valueBack, type Place } from '#domain/source/place.ts';
import type { SourceOf } from '#domain/source/source.ts';
import { googleConnection } from './connections.ts';
import { googleClient } from './google-token.ts';
import { errorField, networkFault, sourceFault } from './source-fault.ts';
import type { SourcePage, SourceReader, SourceRow } from './source-reader.ts';

/** Rows of one query: what BigQuery sorts without complaint, also where rows are wide. */
const QUERY_ROWS = 500_000;
/** A query may wait for its turn. */
const QUERY_MS = 10 * 60_000;
const SCOPE = 'https://www.googleapis.com/auth/bigquery';

/** A query that runs, or whose result is being read page by page. */
interface Reading {
  job: Job;
  /** Of the next page; undefined: the first. */
  pageToken: string | undefined;
  /** Rows read of it so far. */
  read: number;
  /** Where it stands: asked for any other place, another query is needed. */
  at: Place | null;
}

/** A table, a query, or Google Analytics' export, through Google's own client. */
export function openBigquery(source: SourceOf<'bigquery'>, secret: string): SourceReader {
  const bigquery = clientOf(source, secret);
  let reading: Reading | null = null;

  async function ask(after: Place | null): Promise<Reading> {
    const { query, params, types } = bigquerySql(source, after, QUERY_ROWS);
    const [job] = await bigquery.createQueryJob({
      query,
      params,
      types,
      useLegacySql: false,
      maximumBytesBilled: String(source.maxBytesBilled),
      jobTimeoutMs: QUERY_MS,
      ...(source.location === undefined ? {} : { location: source.location }),
    });
    return { job, pageToken: undefined, read: 0, at: after };
  }

  async function readPage(after: Place | null, limit: number): Promise<SourcePage> {
    const now = reading !== null && isSame(reading.at, after) ? reading : await ask(after);
    const [rows, next] = await now.job.getQueryResults({
      autoPaginate: false,
      maxResults: limit,
      timeoutMs: QUERY_MS,
      wrapIntegers: true,
      ...(now.pageToken === undefined ? {} : { pageToken: now.pageToken }),
    });
    const page = pageOf(rows as Record<string, unknown>[]);
    const pageToken = next?.pageToken ?? undefined;
    const read = now.read + page.rows.length;
    // A query that was cut at its limit goes on as another one from there.
    const isOver = pageToken === undefined;
    reading = isOver ? null : { ...now, pageToken, read, at: page.rows.at(-1)?.place ?? after };
    return { ...page, isLast: isOver && read < QUERY_ROWS };
  }

  return {
    readPage: (after, limit) =>
      readPage(after, limit).catch((error: unknown) => {
        throw explained(error);
      }),
    back({ value }, back) {
      const lookBack = source.preset === undefined ? back.lookBack : GA4_LOOK_BACK;
      return { value: valueBack(value, { ...back, lookBack }), key: null };
    },
    close: () => Promise.resolve(),
  };
}

function clientOf(source: SourceOf<'bigquery'>, secret: string): BigQuery {
  const connection = googleConnection(secret, source.connection);
  const { serviceAccount, endpoint } = connection;
  return new BigQuery({
    projectId: serviceAccount.project_id,
    authClient: googleClient(connection, SCOPE),
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }),
  });
}

function isSame(one: Place | null, other: Place | null): boolean {
  return one?.value === other?.value && one?.key === other?.key;
}

function pageOf(rows: readonly Record<string, unknown>[]): Omit<SourcePage, 'isLast'> {
  const [first = {}] = rows;
  const columns = Object.keys(first).filter(
    (name) => name !== CURSOR_COLUMN && name !== KEY_COLUMN,
  );
  return {
    columns,
    rows: rows.map((row): SourceRow => ({
      cells: columns.map((name) => cellOf(row[name])),
      place: { value: String(row[CURSOR_COLUMN]), key: String(row[KEY_COLUMN]) },
    })),
  };
}

/** Google's wrappers of instants, days and whole numbers hold a `value`; its decimals are objects. */
function cellOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    return plainCell(value);
  }
  if (Array.isArray(value)) return value.map(cellOf);
  const name = value.constructor.name;
  if (name.startsWith('BigQuery') || name === 'Geography')
    return wrapped(errorField(value, 'value'));
  if (name === 'Big') return textOf(value);
  const members = Object.entries(value).map(([key, member]) => [key, cellOf(member)] as const);
  return Object.fromEntries(members);
}

/** Decimals say themselves exactly. */
function textOf(value: { toString: () => string }): string {
  return value.toString();
}

/** Whole numbers come as text, so that none loses figures; small ones are numbers. */
function wrapped(value: unknown): Json {
  if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) return plainCell(value);
  return Number(value);
}

const BY_STATUS: Readonly<Record<number, { detail: string; at: string }>> = {
  400: {
    detail:
      'BigQuery does not understand the query: look at table, query and cursor. Or it would be billed more than `maxBytesBilled`.',
    at: '#/query',
  },
  401: { detail: 'Google refuses the service account.', at: '#/connection' },
  403: {
    detail:
      'The service account may not do this: give it BigQuery Job User and, for the data, BigQuery Data Viewer.',
    at: '#/connection',
  },
  404: {
    detail: 'There is no such table or dataset, or it is in another `location`.',
    at: '#/table',
  },
};

/** Reasons of a 403 that pass by themselves. */
const BUSY = new Set([
  'rateLimitExceeded',
  'quotaExceeded',
  'jobRateLimitExceeded',
  'backendError',
]);

function explained(error: unknown): Error {
  const network = networkFault(error);
  if (network !== null) return network;
  const code = Number(errorField(error, 'code'));
  const [first] = (errorField(error, 'errors') as unknown[] | undefined) ?? [];
  const isBusy = BUSY.has(String(errorField(first, 'reason')));
  const known = isBusy ? undefined : BY_STATUS[code];
  if (known !== undefined) return sourceFault(known.detail, 'change', known.at);
  if (error instanceof TypeError || error instanceof RangeError) return error;
  return sourceFault('BigQuery cannot answer just now.', 'wait');
}
