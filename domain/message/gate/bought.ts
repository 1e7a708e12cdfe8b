import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';

/** Names under which shops tell what a line of an order is of; the first that is there counts. */
const ID_NAMES = ['product_id', 'sku', 'id'];

/**
 * Whether any of these orders (the properties of `Order Completed`) holds the product. Shops write
 * the same id as 42 in one event and as "42" in the next: both are the same.
 */
export function isBought(orders: readonly JsonObject[], product: string): boolean {
  return orders.some(({ products }) => Array.isArray(products) && products.some(isOf(product)));
}

function isOf(product: string): (line: Json) => boolean {
  return (line) => {
    if (!isJsonObject(line)) return false;
    const name = ID_NAMES.find((one) => Object.hasOwn(line, one));
    const id = name === undefined ? null : line[name];
    return (typeof id === 'string' || typeof id === 'number') && String(id) === product;
  };
}
