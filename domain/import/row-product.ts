import { currencyCode } from '#domain/profile/money.ts';
import {
  PRODUCT_ID_MAX,
  type ProductFacts,
  type ProductSaid,
  type Said,
} from '#domain/product/product.ts';
import { availabilityIn } from './availability-words.ts';
import { fault, type CellReader } from './cell-reader.ts';
import { cleanLanguage } from './clean-text.ts';
import { decimalToMinor, decimalToNumber } from './decimal.ts';
import type { Field } from './import-plan.ts';
import { readPeriod } from './read-period.ts';

/** What separates categories in one cell: Google's `>` says which is within which. */
const CATEGORY_MARK = /\s*[>|]\s*/;
/** Without `http:` or `https:` nothing leads there from an e-mail. */
const IS_ADDRESS = /^https?:\/\/[^\s/]+/i;
const CONTROL = /\p{Cc}/u;

/** What a row says of a product; what it does not say stays as it is known. */
export function productOf(cells: CellReader): ProductSaid {
  const { fields, attributes } = cells.plan;
  const language = cells.text(fields.language);
  const tag = language === null ? null : cleanLanguage(language);
  if (language !== null && tag === null) throw fault(fields.language, 'is no language');
  const { facts, archived } = availabilityOf(cells);
  return {
    id: idOf(cells),
    language: tag,
    texts: present({
      name: cells.text(fields.name),
      description: cells.text(fields.description),
      url: addressOf(cells, fields.url),
    }),
    facts: {
      ...pricesOf(cells),
      ...present({
        stock: numberOf(cells, fields.stock),
        lowStock: numberOf(cells, fields.low_stock),
        categories: categoriesOf(cells),
        brand: cells.text(fields.brand),
        image: addressOf(cells, fields.image),
      }),
      ...facts,
    },
    attributes: cells.named(attributes),
    ...archived,
  };
}

function idOf(cells: CellReader): string {
  const id = cells.needed('product_id');
  if (id.length > PRODUCT_ID_MAX || CONTROL.test(id)) {
    const what = `is no id: it has more than ${String(PRODUCT_ID_MAX)} characters, or ones that cannot be seen`;
    throw fault(cells.plan.fields.product_id, what);
  }
  return id;
}

function pricesOf(cells: CellReader): Said<ProductFacts> {
  const { fields } = cells.plan;
  const price = moneyOf(cells, fields.price);
  const sale = moneyOf(cells, fields.sale_price);
  if (price !== null && sale !== null && price.currency !== sale.currency) {
    throw fault(fields.sale_price, 'is in another currency than the price');
  }
  const currency = (price ?? sale)?.currency;
  return {
    ...(price === null ? {} : { price: price.minor }),
    ...(currency === undefined ? {} : { currency }),
    ...(sale === null ? endOfSale(cells) : { salePrice: sale.minor, ...periodOf(cells) }),
  };
}

/** A feed is all there is to say of what a product costs: one without a sale price ends the sale. */
function endOfSale({ plan }: CellReader): Said<ProductFacts> {
  return plan.isFeed ? { salePrice: null, saleFrom: null, saleUntil: null } : {};
}

function periodOf(cells: CellReader): Said<ProductFacts> {
  const field = cells.plan.fields.sale_dates;
  const text = cells.text(field);
  if (text === null) return cells.plan.isFeed ? { saleFrom: null, saleUntil: null } : {};
  const period = readPeriod(text, cells.plan.zone);
  if (period === null) {
    throw fault(field, 'is no period: two ISO dates with a slash between them, the earlier first');
  }
  return { saleFrom: period.from, saleUntil: period.until };
}

function moneyOf(
  cells: CellReader,
  field: Field | undefined,
): { minor: number; currency: string } | null {
  const { fields, currency: usual } = cells.plan;
  const amount = cells.amount(field);
  if (amount === null) return null;
  const said = cells.text(fields.currency);
  const currency = said === null ? (amount.currency ?? usual) : currencyCode(said);
  if (said === null && amount.currency === null && cells.plan.isFeed) {
    const change = `a price without a currency taken for ${usual}`;
    cells.changes.push({ column: field?.column ?? 'price', change });
  }
  if (currency === null) throw fault(fields.currency, 'is no ISO 4217 code, such as EUR');
  const minor = decimalToMinor(amount.value, currency);
  if (minor === null || minor < 0) throw fault(field, 'is no price');
  return { minor, currency };
}

/** Kept as it is: a shop may know what to make of it; an e-mail does not. */
function addressOf(cells: CellReader, field: Field | undefined): string | null {
  const text = cells.text(field);
  if (text !== null && field !== undefined && !IS_ADDRESS.test(text)) {
    cells.changes.push({ column: field.column, change: 'kept, though it is no https:// address' });
  }
  return text;
}

function numberOf(cells: CellReader, field: Field | undefined): number | null {
  const amount = cells.amount(field);
  return amount === null ? null : decimalToNumber(amount.value);
}

/** Whether it can be had; whatever a feed names is sold, unless the feed says otherwise. */
function availabilityOf(cells: CellReader): {
  facts: Pick<ProductFacts, 'availability'>;
  archived: Pick<ProductSaid, 'isArchived'>;
} {
  const field = cells.plan.fields.availability;
  const text = cells.text(field);
  const sold = cells.plan.isFeed ? { isArchived: false } : {};
  if (text === null) return { facts: {}, archived: sold };
  const availability = availabilityIn(text);
  if (availability === 'discontinued') return { facts: {}, archived: { isArchived: true } };
  if (availability !== null) return { facts: { availability }, archived: sold };
  throw fault(field, 'is none of in_stock, out_of_stock, preorder and backorder');
}

function categoriesOf(cells: CellReader): string[] | null {
  const field = cells.plan.fields.categories;
  const cell = cells.cell(field);
  if (cell === null) return null;
  const paths = Array.isArray(cell)
    ? cell.filter((one) => typeof one === 'string')
    : [cells.text(field) ?? ''];
  const names = paths.flatMap((path) => path.trim().split(CATEGORY_MARK));
  return [...new Set(names)].filter((one) => one !== '');
}

function present<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], null> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], null> };
}
