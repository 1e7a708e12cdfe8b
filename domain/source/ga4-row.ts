import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import {
  GA4_ABOUT_ONE,
  GA4_CLIENT_PREFIX,
  GA4_EVENT_PREFIX,
  GA4_EVENTS,
  GA4_ITEM,
  GA4_PARAMS,
  KAIROS_PARAM,
} from './ga4-names.ts';

/**
 * Google Analytics 4's export to BigQuery, one row an event, as rows of an events file. Names are
 * those of Segment's e-commerce spec, so that carts, orders and conditions know them.
 * https://support.google.com/analytics/answer/7029846 describes the export.
 */
const COLUMNS = [
  'external_id',
  'anonymous_id',
  'event',
  'at',
  'message_id',
  'properties',
  KAIROS_PARAM,
] as const;

export function ga4Columns(): readonly string[] {
  return COLUMNS;
}

/** Google's own bookkeeping, of use to nobody else. */
const LEFT_OUT =
  /^(?:_|ga_session_|engaged_session_event$|session_engaged$|debug_mode$|entrances$|kairos_event$)/;

/** One row of the export as cells in the order of `ga4Columns`. */
export function ga4Cells(
  columns: readonly string[],
  cells: readonly Json[],
  hash: (text: string) => string,
): Json[] {
  const row: JsonObject = Object.fromEntries(
    columns.map((column, at) => [column, cells[at] ?? null]),
  );
  const name = textOf(row.event_name);
  const micros = numberOf(row.event_timestamp);
  const pseudo = textOf(row.user_pseudo_id);
  return [
    textOf(row.user_id),
    pseudo === null ? null : GA4_CLIENT_PREFIX + pseudo,
    name === null ? null : (GA4_EVENTS[name] ?? name),
    micros === null ? null : new Date(Math.floor(micros / 1_000)).toISOString(),
    GA4_EVENT_PREFIX + hash(identityOf(row)),
    propertiesOf(row, name ?? ''),
    markOf(row.event_params),
  ];
}

/** The export has no id of an event: these together are one event's. */
function identityOf(row: JsonObject): string {
  const said = [
    row.user_pseudo_id,
    row.event_timestamp,
    row.event_name,
    row.event_bundle_sequence_id,
    row.batch_event_index,
    row.batch_ordering_id,
    row.event_params,
    row.items,
  ];
  return JSON.stringify(said);
}

function propertiesOf(row: JsonObject, name: string): JsonObject {
  const products = itemsOf(row.items);
  const [first] = products;
  const isOne = GA4_ABOUT_ONE.has(name) && first !== undefined && products.length === 1;
  return {
    ...paramsOf(row.event_params),
    ...(isOne ? first : {}),
    ...(products.length > 0 && !isOne ? { products } : {}),
    ...(isJsonObject(row.ecommerce) ? orderOf(row.ecommerce) : {}),
    ...placeOf(row),
  };
}

/** What Kairos wrote on an event that it told Google of itself; null: it happened elsewhere. */
function markOf(params: Json | undefined): Json {
  const list = Array.isArray(params) ? params.filter(isJsonObject) : [];
  const mark = list.find(({ key }) => key === KAIROS_PARAM);
  return mark === undefined ? null : valueOf(mark.value);
}

/** `[{ key, value: { string_value, int_value, … } }]` as an object. */
function paramsOf(params: Json | undefined): JsonObject {
  const read: JsonObject = {};
  for (const param of Array.isArray(params) ? params : []) {
    if (!isJsonObject(param) || typeof param.key !== 'string' || LEFT_OUT.test(param.key)) continue;
    const value = valueOf(param.value);
    if (value === null) continue;
    const name = param.key === 'value' ? 'revenue' : (GA4_PARAMS[param.key] ?? param.key);
    read[name] = value;
  }
  return read;
}

function valueOf(value: Json | undefined): Json {
  if (!isJsonObject(value)) return null;
  const text = textOf(value.string_value);
  if (text !== null) return text;
  return numberOf(value.int_value) ?? numberOf(value.double_value) ?? numberOf(value.float_value);
}

function itemsOf(items: Json | undefined): JsonObject[] {
  return (Array.isArray(items) ? items : []).filter(isJsonObject).map((item) => {
    const read: JsonObject = {};
    for (const [from, to] of Object.entries(GA4_ITEM)) {
      const said = item[from] ?? null;
      const value = from === 'price' || from === 'quantity' ? numberOf(said) : textOf(said);
      if (value !== null) read[to] = value;
    }
    return read;
  });
}

/** What an order is worth, in the currency it was paid in. */
function orderOf(ecommerce: JsonObject): JsonObject {
  const orderId = textOf(ecommerce.transaction_id);
  const said = {
    order_id: orderId === '(not set)' ? null : orderId,
    revenue: numberOf(ecommerce.purchase_revenue),
    tax: numberOf(ecommerce.tax_value),
    shipping: numberOf(ecommerce.shipping_value),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function placeOf({ platform, traffic_source: source }: JsonObject): JsonObject {
  const from = isJsonObject(source) ? source : {};
  const said = {
    platform: textOf(platform),
    utm_source: textOf(from.source),
    utm_medium: textOf(from.medium),
    utm_campaign: textOf(from.name),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function textOf(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Integers beyond 2^53 come as text. */
function numberOf(value: Json | undefined): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return typeof value !== 'object' && Number.isFinite(number) ? number : null;
}
