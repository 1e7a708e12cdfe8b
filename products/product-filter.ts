import type { Filter } from 'mongodb';
import type { Availability, Product } from '#domain/product/product.ts';
import { askedWords } from '#domain/product/search-words.ts';

/** Which products are asked for; what is not said does not matter. */
export interface ProductFilter {
  /** One of its categories. */
  category?: string;
  availability?: Availability;
  brand?: string;
  /** Beginnings of words of its name, brand or id, all of which it has. */
  text?: string;
  /** Only those sold no longer, or only those that are. */
  isArchived: boolean;
}

/** The same as a query. */
export function filterOf(filter?: ProductFilter): Filter<Product> {
  if (filter === undefined) return {};
  const { category, availability, brand, text, isArchived } = filter;
  const words = text === undefined ? [] : askedWords(text);
  const all: Filter<Product>[] = [
    { archivedAt: { $exists: isArchived } },
    ...(category === undefined ? [] : [{ categories: category }]),
    ...(brand === undefined ? [] : [{ brand }]),
    ...(availability === undefined ? [] : [availabilityFilter(availability)]),
    ...words.map((word) => ({
      words: { $elemMatch: { $gte: word, $lt: `${word}\u{10ffff}` } },
    })),
  ];
  // A text without a word in it, such as a dash, is found nowhere.
  return text !== undefined && words.length === 0 ? { _id: { $in: [] } } : { $and: all };
}

/** As `availabilityOf` has it: what the shop says, else what follows from the stock. */
function availabilityFilter(availability: Availability): Filter<Product> {
  const stock = {
    in_stock: { $gt: 0 },
    out_of_stock: { $lte: 0 },
    preorder: null,
    backorder: null,
  };
  const said: Filter<Product> = { availability };
  const byStock = stock[availability];
  if (byStock === null) return said;
  return { $or: [said, { availability: { $exists: false }, stock: byStock }] };
}
