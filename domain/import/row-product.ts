import { currencyCode } from '#domain/profile/money.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { fault, type CellReader } from './cell-reader.ts';
import { cleanLanguage } from './clean-text.ts';
import { decimalToMinor, decimalToNumber } from './decimal.ts';

/** What separates categories in one cell: Google's `>` says which is within which. */
const CATEGORY_MARK = /\s*[>|]\s*/;

/** What a row says of a product; what it does not say stays as it is known. */
export function productOf(cells: CellReader): ProductSaid {
  const { fields, attributes } = cells.plan;
  const language = cells.text(fields.language);
  const tag = language === null ? null : cleanLanguage(language);
  if (language !== null && tag === null) throw fault(fields.language, 'is no language');
  return {
    id: cells.needed('product_id'),
    language: tag,
    texts: present({
      name: cells.text(fields.name),
      description: cells.text(fields.description),
      url: cells.text(fields.url),
    }),
    facts: {
      ...priceOf(cells),
      ...present({
        stock: stockOf(cells),
        categories: categoriesOf(cells),
        image: cells.text(fields.image),
      }),
    },
    attributes: cells.named(attributes),
  };
}

function priceOf(cells: CellReader): { price?: number; currency?: string } {
  const { fields, currency: usual } = cells.plan;
  const amount = cells.amount(fields.price);
  if (amount === null) return {};
  const said = cells.text(fields.currency);
  const currency = said === null ? (amount.currency ?? usual) : currencyCode(said);
  if (currency === null) throw fault(fields.currency, 'is no ISO 4217 code, such as EUR');
  const price = decimalToMinor(amount.value, currency);
  if (price === null || price < 0) throw fault(fields.price, 'is no price');
  return { price, currency };
}

function stockOf(cells: CellReader): number | null {
  const amount = cells.amount(cells.plan.fields.stock);
  return amount === null ? null : decimalToNumber(amount.value);
}

function categoriesOf(cells: CellReader): string[] | null {
  const field = cells.plan.fields.categories;
  const cell = cells.cell(field);
  if (cell === null) return null;
  if (Array.isArray(cell)) return cell.filter((one) => typeof one === 'string');
  return (cells.text(field) ?? '').split(CATEGORY_MARK).filter((one) => one !== '');
}

function present<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], null> } {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], null> };
}
