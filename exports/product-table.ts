import { MORE, type Column, type ExportRow } from '#domain/export/export.ts';
import { factColumns, withFacts } from '#domain/export/lay-out.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Product } from '#domain/product/product.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import { PAGE_ROWS, pagesOf, type ExportStore, type ExportTable } from './export-table.ts';

/** As an import of products reads them. */
const COLUMNS: readonly Column[] = [
  { name: 'product_id', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'description', type: 'text' },
  { name: 'price', type: 'number' },
  { name: 'currency', type: 'text' },
  { name: 'sale_price', type: 'number' },
  { name: 'sale_dates', type: 'text' },
  { name: 'stock', type: 'number' },
  { name: 'low_stock', type: 'number' },
  // `discontinued`: archived.
  { name: 'availability', type: 'text' },
  { name: 'categories', type: 'path' },
  { name: 'brand', type: 'text' },
  { name: 'url', type: 'text' },
  { name: 'image', type: 'text' },
  // Said of none: texts are the shop's own, those of other languages stand in `kairos_languages`.
  { name: 'language', type: 'text' },
];

/** The catalogue, one row a product. */
export function productTable(store: ExportStore): ExportTable {
  return {
    columns: COLUMNS,
    facts: async () => factColumns(await store.seenProductFacts(), COLUMNS),
    own: [
      { name: 'kairos_languages', type: 'json' },
      { name: 'kairos_created_at', type: 'instant' },
      { name: 'kairos_updated_at', type: 'instant' },
      MORE,
    ],
    async *pages() {
      const read = (after: string): Promise<Product[]> =>
        store.products({ after, limit: PAGE_ROWS });
      for await (const page of pagesOf(read)) yield page.map(productRow);
    },
  };
}

function productRow(product: Product): ExportRow {
  const { _id, name, description, currency, stock, categories, brand, url, image } = product;
  const money = (minor: number | undefined): number | null =>
    minor === undefined || currency === undefined ? null : toMajorUnits(minor, currency);
  const own = {
    product_id: _id,
    ...{ name, description, currency, stock, categories, brand, url, image },
    price: money(product.price),
    sale_price: money(product.salePrice),
    sale_dates: saleDates(product),
    low_stock: product.lowStock,
    availability: product.archivedAt === undefined ? product.availability : 'discontinued',
    language: null,
  };
  const languages = Object.entries(product.languages).map(([tag, texts]) => [tag, { ...texts }]);
  return {
    ...withFacts(own, product.attributes),
    kairos_languages: Object.fromEntries(languages) as JsonObject,
    kairos_created_at: product.createdAt,
    kairos_updated_at: product.updatedAt,
  };
}

/** As feeds write a period; an end that is open is two points, as ISO 8601-2 has it. */
function saleDates({ saleFrom, saleUntil }: Product): string | null {
  if (saleFrom === undefined && saleUntil === undefined) return null;
  return [saleFrom, saleUntil]
    .map((at) => (at === undefined ? '..' : new Date(at).toISOString()))
    .join('/');
}
