import type { BigqueryRow } from './google-services.ts';

const text = (name: string) => ({ name, type: 'STRING', mode: 'NULLABLE' });
const whole = (name: string) => ({ name, type: 'INTEGER', mode: 'NULLABLE' });
const real = (name: string) => ({ name, type: 'FLOAT', mode: 'NULLABLE' });
const record = (name: string, mode: string, fields: object[]) => ({
  ...{ name, type: 'RECORD', mode, fields },
});

/**
 * The schema of Google Analytics' export, cut to what is read, with the id that the query makes.
 * https://support.google.com/analytics/answer/7029846
 */
export const GA4_FIELDS: readonly object[] = [
  whole('event_timestamp'),
  text('event_name'),
  record('event_params', 'REPEATED', [
    text('key'),
    record('value', 'NULLABLE', [
      ...[text('string_value'), whole('int_value'), real('float_value'), real('double_value')],
    ]),
  ]),
  text('user_id'),
  text('user_pseudo_id'),
  whole('event_bundle_sequence_id'),
  text('platform'),
  record('ecommerce', 'NULLABLE', [text('transaction_id'), real('purchase_revenue')]),
  record('items', 'REPEATED', [
    ...[text('item_id'), text('item_name'), real('price'), whole('quantity')],
  ]),
  text('kairos_id'),
];

/** An event of a browser that Google knows. */
export interface Ga4Said {
  id: string;
  /** Epoch ms. */
  at: number;
  name: string;
  userId: string | null;
  params?: Record<string, string>;
  order?: { id: string; revenue: number };
  items?: { id: string; name: string; price: number; quantity: number }[];
}

/** One row of the export as BigQuery's result says it: values by their place, numbers as texts. */
export function ga4Row({ id, at, name, userId, params, order, items }: Ga4Said): BigqueryRow {
  const cells = (...values: unknown[]) => ({ f: values.map((v) => ({ v })) });
  const micros = at * 1_000 + 456;
  return {
    cursor: micros,
    key: id,
    values: [
      String(micros),
      name,
      Object.entries(params ?? {}).map(([key, value]) => ({
        v: cells(key, cells(value, null, null, null)),
      })),
      userId,
      '1234.5678',
      '7',
      'WEB',
      order === undefined ? null : cells(order.id, String(order.revenue)),
      (items ?? []).map((item) => ({
        v: cells(item.id, item.name, String(item.price), String(item.quantity)),
      })),
      id,
    ],
  };
}
