import { longestMs } from '#domain/time/duration.ts';
import { cursorKindOf, valueShown, type Place } from './place.ts';
import type { SourceOf } from './source.ts';

/** Our own columns of a page: cursor and key as exact texts. */
export const CURSOR_COLUMN = 'kairos_cursor';
export const KEY_COLUMN = 'kairos_key';

/**
 * Google Analytics writes each day's table once and adds to it for three days: so far every pull
 * looks back. In microseconds, as the export counts.
 */
export const GA4_LOOK_BACK = longestMs('P3D') * 1_000;

/** A query, with the types of its parameters. */
export interface BigquerySql {
  query: string;
  params: Record<string, string>;
  types: Record<string, string>;
}

/**
 * All rows after a place, in order. BigQuery bills what a query scans, however few rows it answers:
 * so one query reads what a pull needs, and its pages are pages of its result.
 */
export function bigquerySql(
  source: SourceOf<'bigquery'>,
  after: Place | null,
  rows: number,
): BigquerySql {
  const { column, key } = source.cursor ?? { column: 'event_timestamp', key: 'kairos_id' };
  const [cursor, id] = [quoted(column), `CAST(r.${quoted(key)} AS STRING)`];
  const { params, types, bound } = boundOf(`r.${cursor}`, id, after);
  const from = fromOf(source, after, { params, types });
  const query = `SELECT r.*, CAST(r.${cursor} AS STRING) AS ${CURSOR_COLUMN}, ${id} AS ${KEY_COLUMN}
FROM ${from} AS r
WHERE r.${cursor} IS NOT NULL AND r.${quoted(key)} IS NOT NULL${bound}
ORDER BY r.${cursor}, ${KEY_COLUMN}
LIMIT ${String(rows)}`;
  return { query, params, types };
}

type Parameters = Pick<BigquerySql, 'params' | 'types'>;

function boundOf(cursor: string, id: string, after: Place | null): Parameters & { bound: string } {
  if (after === null) return { params: {}, types: {}, bound: '' };
  const value = valueShown(after);
  const isWhole = cursorKindOf(value) === 'number' && /^-?\d+$/.test(value);
  // A text stands for an instant or a day where the column holds these.
  const types = { value: isWhole ? 'INT64' : 'STRING' };
  if (after.key === null) return { params: { value }, types, bound: ` AND ${cursor} >= @value` };
  const bound = ` AND (${cursor} > @value OR (${cursor} = @value AND ${id} > @key))`;
  return { params: { value, key: after.key }, types: { ...types, key: 'STRING' }, bound };
}

function fromOf(
  { preset, dataset, table, query }: SourceOf<'bigquery'>,
  after: Place | null,
  { params, types }: Parameters,
): string {
  if (preset === undefined) return table === undefined ? `(${query ?? ''}\n)` : quoted(table);
  params.firstDay = firstDayOf(after);
  types.firstDay = 'STRING';
  // The tables of the day under way end in intraday_…, which sorts after every day.
  return `(SELECT *, TO_HEX(MD5(CONCAT(IFNULL(user_pseudo_id, ''), '|', event_name, '|', IFNULL(CAST(event_bundle_sequence_id AS STRING), ''), '|', TO_JSON_STRING(event_params), '|', TO_JSON_STRING(items)))) AS kairos_id
FROM ${quoted(`${dataset ?? ''}.events_*`)}
WHERE _TABLE_SUFFIX BETWEEN @firstDay AND '99999999')`;
}

/** Tables are days on the property's own clock: a day earlier holds them all. */
function firstDayOf(after: Place | null): string {
  if (after === null) return '00000000';
  const at = Number(valueShown(after)) / 1_000 - longestMs('P1D');
  return new Date(Math.max(0, at)).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Names with a backtick in them are none of BigQuery's. */
function quoted(name: string): string {
  return `\`${name.replaceAll('`', '')}\``;
}
