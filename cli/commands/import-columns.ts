import { z } from 'zod';
import { MEANINGS } from '#domain/import/column-meanings.ts';
import { IMPORT_KINDS } from '#domain/import/import-map.ts';
import { table } from './table.ts';

/** Columns shown; `--json` shows all. */
const COLUMNS_SHOWN = 100;

/** What the API tells of the columns of a file; a Kairos before this one does not. */
export const Columns = {
  as: z.enum(IMPORT_KINDS).nullish(),
  columns: z
    .array(z.object({ column: z.string(), becomes: z.enum(MEANINGS), name: z.string().nullable() }))
    .nullish(),
};
type Columns = z.infer<z.ZodObject<typeof Columns>>;

/** What the rows of each kind are about, as its fields are spoken of. */
const ROW = {
  profiles: 'profile',
  events: 'event',
  orders: 'order',
  products: 'product',
  consents: 'consent',
  audience: 'row',
} as const;

/** What each column of a file becomes, a line each; none where it is not known. */
export function columnLines({ as, columns }: Columns): string[] {
  if (columns == null || columns.length === 0) return [];
  const row = as == null ? 'row' : ROW[as];
  const shown = columns.slice(0, COLUMNS_SHOWN);
  const more = columns.length - shown.length;
  return [
    '  Its columns become:',
    ...table(
      shown.map(({ column, becomes, name }) => [column, meant(becomes, name ?? column, row)]),
      '    ',
    ),
    ...(more > 0 ? [`    … and ${String(more)} more; --json shows all.`] : []),
  ];
}

function meant(becomes: (typeof MEANINGS)[number], name: string, row: string): string {
  switch (becomes) {
    case 'identity':
      return `identity ${name}`;
    case 'field':
      return `${row} field ${name}`;
    case 'line':
      return `order line's ${name}`;
    case 'attribute':
      return `attribute ${name}`;
    case 'property':
      return `property ${name}`;
    case 'properties':
      return 'properties, as JSON';
    case 'skip':
      return 'only says which rows are skipped';
    case 'ignored':
      return 'not used';
  }
}
