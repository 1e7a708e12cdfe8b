import pg from 'pg';
import type { FieldDef, QueryArrayResult } from 'pg';
import { plainCell } from '#domain/import/plain-cell.ts';
import { valueBack, type Place } from '#domain/source/place.ts';
import type { SourceOf } from '#domain/source/source.ts';
import { wrongConnection } from './connections.ts';
import { errorField, networkFault, sourceFault } from './source-fault.ts';
import type { SourcePage, SourceReader, SourceRow } from './source-reader.ts';

/** A page by an index takes milliseconds; by a whole table that has none, minutes. */
const STATEMENT_MS = 60_000;
/** Until the server takes the connection, in ms. */
const CONNECT_MS = 10_000;
/** Somebody alters the table: better later than in a queue before everybody else. */
const LOCK_MS = 5_000;

/** Our own columns of a page: cursor and key as exact texts. */
const VALUE = 'kairos_cursor';
const KEY = 'kairos_key';

/**
 * Types that come as JavaScript values of one meaning only. All others come as PostgreSQL's own
 * text: instants to the microsecond, decimals to the last digit, days as days.
 */
const AS_VALUES = new Set<number>([
  pg.types.builtins.BOOL,
  pg.types.builtins.JSON,
  pg.types.builtins.JSONB,
  pg.types.builtins.BYTEA,
  // Lists of texts and of whole numbers.
  1009,
  1015,
  1005,
  1007,
]);

/**
 * A table or query of PostgreSQL. Each page is a transaction of its own that can only read: no
 * snapshot is held for hours, and a row that changes meanwhile is read once more at its new place.
 */
export async function openPostgresql(
  source: SourceOf<'postgresql'>,
  secret: string,
): Promise<SourceReader> {
  if (!/^postgres(?:ql)?:\/\//.test(secret)) {
    throw wrongConnection(
      source.connection,
      'an address such as postgresql://user:password@host/database',
    );
  }
  const client = new pg.Client({
    connectionString: secret,
    application_name: 'kairos',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS,
  });
  // A connection that breaks between two pages is told by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw explained(error);
  }
  return {
    async readPage(after, limit) {
      try {
        return pageOf(await readRows(client, source, after, limit), limit);
      } catch (error) {
        throw explained(error);
      }
    },
    back: ({ value }, back) => ({ value: valueBack(value, back), key: null }),
    close: () => client.end().catch(() => undefined),
  };
}

async function readRows(
  client: pg.Client,
  source: SourceOf<'postgresql'>,
  after: Place | null,
  limit: number,
): Promise<QueryArrayResult<unknown[]>> {
  const { text, values } = pageQuery(source, after, limit);
  await client.query('BEGIN TRANSACTION READ ONLY');
  try {
    // Texts of instants are the same whatever the server, the role and the database are set to.
    await client.query(
      `SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL statement_timeout = ${String(STATEMENT_MS)}; SET LOCAL lock_timeout = ${String(LOCK_MS)}`,
    );
    return await client.query<unknown[]>({
      text,
      values,
      rowMode: 'array',
      types: { getTypeParser },
    });
  } finally {
    // Nothing was written; on a broken connection there is nothing to end.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** Only names and the shop's own query are in the text; values are parameters. */
export function pageQuery(
  { table, query, cursor }: Pick<SourceOf<'postgresql'>, 'table' | 'query' | 'cursor'>,
  after: Place | null,
  limit: number,
): { text: string; values: unknown[] } {
  const [column, key] = [quoted(cursor.column), quoted(cursor.key)];
  // The query ends its own line: a comment at its end comments out nothing of ours.
  const from = table === undefined ? `(${query ?? ''}\n)` : quotedPath(table);
  const bound =
    after === null
      ? ''
      : after.key === null
        ? `AND r.${column} >= $2`
        : `AND (r.${column}, r.${key}) > ($2, $3)`;
  const values = [limit, ...(after === null ? [] : [after.value])];
  if (after !== null && after.key !== null) values.push(after.key);
  const text = `SELECT r.*, r.${column}::text AS ${VALUE}, r.${key}::text AS ${KEY}
FROM ${from} AS r
WHERE r.${column} IS NOT NULL AND r.${key} IS NOT NULL ${bound}
ORDER BY r.${column}, r.${key}
LIMIT $1`;
  return { text, values };
}

function pageOf({ fields, rows }: QueryArrayResult<unknown[]>, limit: number): SourcePage {
  // Ours are the last two.
  const width = fields.length - 2;
  const columns = fields.slice(0, width).map(({ name }: FieldDef) => name);
  const read = rows.map((row): SourceRow => {
    const [value, key] = row.slice(width);
    return {
      cells: row.slice(0, width).map((cell) => plainCell(cell)),
      place: { value: String(value), key: String(key) },
    };
  });
  return { columns, rows: read, isLast: rows.length < limit };
}

function getTypeParser(type: number): (value: string) => unknown {
  if (!AS_VALUES.has(type)) return (value) => value;
  const known: (oid: number) => (value: string) => unknown = pg.types.getTypeParser;
  return known(type);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `public.customers` is a table in a schema, `"odd.name"` a name with a dot in it. */
function quotedPath(path: string): string {
  const parts = path.match(/"(?:[^"]|"")+"|[^."]+/g) ?? [path];
  return parts.map((part) => (part.startsWith('"') ? part : quoted(part))).join('.');
}

/** What to do about each of PostgreSQL's codes, by its class or in full. */
const BY_CODE: Readonly<Record<string, { detail: string; cure: 'change' | 'wait'; at: string }>> = {
  '28': {
    detail: 'The server refuses the user or the password.',
    cure: 'change',
    at: '#/connection',
  },
  '3D000': {
    detail: 'There is no such database on the server.',
    cure: 'change',
    at: '#/connection',
  },
  '42P01': { detail: 'There is no such table.', cure: 'change', at: '#/table' },
  '42703': {
    detail: 'There is no such column: look at `cursor`, and at the query.',
    cure: 'change',
    at: '#/cursor',
  },
  '42501': {
    detail: 'The user may not read this: grant it SELECT.',
    cure: 'change',
    at: '#/connection',
  },
  '42601': {
    detail: 'The query cannot be understood: write one SELECT, without a semicolon.',
    cure: 'change',
    at: '#/query',
  },
  '25006': { detail: 'The query writes: it may only read.', cure: 'change', at: '#/query' },
  '57014': {
    detail: `A page took longer than ${String(STATEMENT_MS / 1_000)} s: make an index on the cursor's column and key.`,
    cure: 'wait',
    at: '#/cursor',
  },
  '55P03': { detail: 'The table is locked by somebody.', cure: 'wait', at: '#' },
  '53': {
    detail: 'The server has no room for another connection, or is out of memory.',
    cure: 'wait',
    at: '#',
  },
  '57': { detail: 'The server is shutting down or starting.', cure: 'wait', at: '#' },
  '08': { detail: 'The connection to the server broke off.', cure: 'wait', at: '#' },
  '22': {
    detail:
      'A value of the cursor does not fit its column: was the column changed? Read from the start.',
    cure: 'change',
    at: '#/cursor',
  },
  '42': {
    detail: 'The server does not understand what it is asked: look at table, query and cursor.',
    cure: 'change',
    at: '#',
  },
};

function explained(error: unknown): Error {
  const code = errorField(error, 'code');
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    const known = BY_CODE[code] ?? BY_CODE[code.slice(0, 2)];
    if (known !== undefined) return sourceFault(known.detail, known.cure, known.at);
    return sourceFault(`PostgreSQL reports ${code}.`, 'wait');
  }
  const network = networkFault(error);
  if (network !== null) return network;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  // What else the driver says: a connection that ended or was not made in time.
  return sourceFault(
    'The connection to the server could not be made, or broke off.',
    'wait',
    '#/connection',
  );
}
