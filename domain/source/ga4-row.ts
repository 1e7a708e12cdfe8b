import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';

/**
 * Google Analytics 4's export to BigQuery, one row an event, as rows of an events file. Names are
 * those of Segment's e-commerce spec, so that carts, orders and conditions know them.
 * https://support.google.com/analytics/answer/7029846 describes the export.
 */
const COLUMNS = ['external_id', 'anonymous_id', 'event', 'at', 'message_id', 'properties'] as const;

export function ga4Columns(): readonly string[] {
  return COLUMNS;
}

/** Google's recommended e-commerce events by Segment's names; others keep their own. */
const EVENTS: Readonly<Record<string, string>> = {
  page_view: 'Page Viewed',
  screen_view: 'Screen Viewed',
  view_item: 'Product Viewed',
  view_item_list: 'Product List Viewed',
  select_item: 'Product Clicked',
  add_to_cart: 'Product Added',
  remove_from_cart: 'Product Removed',
  view_cart: 'Cart Viewed',
  add_to_wishlist: 'Product Added to Wishlist',
  begin_checkout: 'Checkout Started',
  add_shipping_info: 'Checkout Step Completed',
  add_payment_info: 'Payment Info Entered',
  purchase: 'Order Completed',
  refund: 'Order Refunded',
  view_search_results: 'Products Searched',
  search: 'Products Searched',
  view_promotion: 'Promotion Viewed',
  select_promotion: 'Promotion Clicked',
  sign_up: 'Signed Up',
  login: 'Signed In',
};

/** Events about one product, whose item's facts stand beside the others. */
const ABOUT_ONE = new Set([
  'view_item',
  'select_item',
  'add_to_cart',
  'remove_from_cart',
  'add_to_wishlist',
]);

/** Names of an item's facts by Segment's. */
const ITEM: Readonly<Record<string, string>> = {
  item_id: 'product_id',
  item_name: 'name',
  item_brand: 'brand',
  item_variant: 'variant',
  item_category: 'category',
  price: 'price',
  quantity: 'quantity',
  coupon: 'coupon',
  item_list_name: 'list',
};

/** Names of parameters by Segment's. */
const PARAMS: Readonly<Record<string, string>> = {
  page_location: 'url',
  page_title: 'title',
  page_referrer: 'referrer',
  search_term: 'query',
  transaction_id: 'order_id',
};

/** Google's own bookkeeping, of use to nobody else. */
const LEFT_OUT =
  /^(?:_|ga_session_|engaged_session_event$|session_engaged$|debug_mode$|entrances$)/;

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
    pseudo === null ? null : `ga:${pseudo}`,
    name === null ? null : (EVENTS[name] ?? name),
    micros === null ? null : new Date(Math.floor(micros / 1_000)).toISOString(),
    `ga4:${hash(identityOf(row))}`,
    propertiesOf(row, name ?? ''),
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
  const isOne = ABOUT_ONE.has(name) && first !== undefined && products.length === 1;
  return {
    ...paramsOf(row.event_params),
    ...(isOne ? first : {}),
    ...(products.length > 0 && !isOne ? { products } : {}),
    ...(isJsonObject(row.ecommerce) ? orderOf(row.ecommerce) : {}),
    ...placeOf(row),
  };
}

/** `[{ key, value: { string_value, int_value, … } }]` as an object. */
function paramsOf(params: Json | undefined): JsonObject {
  const read: JsonObject = {};
  for (const param of Array.isArray(params) ? params : []) {
    if (!isJsonObject(param) || typeof param.key !== 'string' || LEFT_OUT.test(param.key)) continue;
    const value = valueOf(param.value);
    if (value === null) continue;
    const name = param.key === 'value' ? 'revenue' : (PARAMS[param.key] ?? param.key);
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
    for (const [from, to] of Object.entries(ITEM)) {
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
