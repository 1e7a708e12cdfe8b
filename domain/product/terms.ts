import type { Availability, Product } from './product.ts';

/** So few pieces are few where a product says nothing else: what a shelf still shows. */
export const LOW_STOCK = 5;

/** What customers care for of a product, as it stands at one instant. */
export interface Terms {
  /** What is to be paid: minor units of `currency`; null: not known. */
  price: number | null;
  currency: string | null;
  /** Whether `price` is a sale's. */
  isSale: boolean;
  /** Null: not known. */
  availability: Availability | null;
  /** In stock, but few pieces are left. */
  isLow: boolean;
  isArchived: boolean;
}

/** A product as it stands at an instant (epoch ms). */
export function termsOf(product: Product, at: number): Terms {
  const { price, currency, salePrice, archivedAt } = product;
  const isSale = salePrice !== undefined && isOnSale(product, at);
  const now = isSale ? salePrice : price;
  const availability = availabilityOf(product);
  return {
    price: now ?? null,
    currency: currency ?? null,
    isSale,
    availability,
    isLow: availability === 'in_stock' && isFew(product),
    isArchived: archivedAt !== undefined,
  };
}

/** The next instant after `at` (epoch ms) at which time itself changes the price; null: never. */
export function turnsAt(product: Product, at: number): number | null {
  const { salePrice, saleFrom, saleUntil } = product;
  if (salePrice === undefined) return null;
  const next = [saleFrom, saleUntil].filter((one) => one !== undefined && one > at);
  const turns = next.filter((one) => one !== undefined && pricesDiffer(product, one));
  return turns.length === 0 ? null : Math.min(...turns.map(Number));
}

function pricesDiffer(product: Product, at: number): boolean {
  return termsOf(product, at - 1).price !== termsOf(product, at).price;
}

/** A sale that costs more than the usual price is a slip of the pen. */
function isOnSale({ price, salePrice, saleFrom, saleUntil }: Product, at: number): boolean {
  if (salePrice === undefined || (price !== undefined && salePrice >= price)) return false;
  return (saleFrom ?? -Infinity) <= at && at < (saleUntil ?? Infinity);
}

/** What the shop says; else what follows from the stock. */
export function availabilityOf({ availability, stock }: Product): Availability | null {
  if (availability !== undefined) return availability;
  if (stock === undefined) return null;
  return stock > 0 ? 'in_stock' : 'out_of_stock';
}

function isFew({ stock, lowStock = LOW_STOCK }: Product): boolean {
  return stock !== undefined && stock > 0 && stock <= lowStock;
}
