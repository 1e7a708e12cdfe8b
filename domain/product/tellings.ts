import type { JsonObject } from '#domain/json.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import {
  BACK_IN_STOCK,
  DISCONTINUED,
  OUT_OF_STOCK,
  PRICE_DROPPED,
  PRICE_RAISED,
  RUNNING_LOW,
} from './catalogue-events.ts';
import type { Terms } from './terms.ts';

/** One thing that interested people are told of a product. */
export interface Telling {
  /** The event's name. */
  name: string;
  /** Beside what every such event says of the product. */
  properties: JsonObject;
}

/**
 * What a change of a product's terms is to those interested; empty: nothing. Of a product that
 * is sold no longer only that is told; prices in two currencies cannot be compared.
 */
export function tellingsOf(before: Terms, after: Terms): Telling[] {
  if (after.isArchived) {
    return before.isArchived ? [] : [{ name: DISCONTINUED, properties: {} }];
  }
  return [...priceTellings(before, after), ...stockTellings(before, after)];
}

function priceTellings(before: Terms, after: Terms): Telling[] {
  const { price: old, currency } = before;
  const { price } = after;
  if (old === null || price === null || currency === null) return [];
  if (currency !== after.currency || price === old) return [];
  const difference = toMajorUnits(Math.abs(old - price), currency);
  const properties: JsonObject = { old_price: toMajorUnits(old, currency) };
  const percent = percentOf(Math.abs(old - price), old);
  if (price < old) {
    const drop = { drop: difference, ...(percent === null ? {} : { drop_percent: percent }) };
    const telling = { ...properties, ...drop, on_sale: after.isSale };
    return [{ name: PRICE_DROPPED, properties: telling }];
  }
  const rise = { rise: difference, ...(percent === null ? {} : { rise_percent: percent }) };
  return [{ name: PRICE_RAISED, properties: { ...properties, ...rise, on_sale: after.isSale } }];
}

/** Hundredths of a percent are as exact as anybody writes a condition; null: of nothing. */
function percentOf(part: number, whole: number): number | null {
  return whole <= 0 ? null : Math.round((part / whole) * 10_000) / 100;
}

function stockTellings(before: Terms, after: Terms): Telling[] {
  const was = before.isArchived ? 'out_of_stock' : before.availability;
  const is = after.availability;
  if (was !== null && was !== 'in_stock' && is === 'in_stock') {
    return [{ name: BACK_IN_STOCK, properties: {} }];
  }
  if (was === 'in_stock' && is === 'out_of_stock') return [{ name: OUT_OF_STOCK, properties: {} }];
  const isCloseToEnd = was === 'in_stock' && after.isLow && !before.isLow;
  return isCloseToEnd ? [{ name: RUNNING_LOW, properties: {} }] : [];
}
