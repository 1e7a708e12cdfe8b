import type { ImportPlan } from '#domain/import/import-plan.ts';
import { planImport, type ImportDefaults } from '#domain/import/plan-import.ts';
import type { Row } from '#domain/import/row.ts';
import { ga4Columns, ga4Cells } from '#domain/source/ga4-row.ts';
import { cursorKindOf, valueShown } from '#domain/source/place.ts';
import { pullMap } from '#domain/source/source-map.ts';
import type { Source } from '#domain/source/source.ts';
import type { SourcePage } from './source-reader.ts';

/** Characters of one row, as with files: an event may have 32 KB. */
const ROW_CHARS_MAX = 1024 * 1024;

/** A page as the importer reads tables, with the plan by which it does. */
export interface PageTable {
  plan: ImportPlan;
  rows: Row[];
  /** About how many characters the page holds. */
  chars: number;
}

/** What turning pages into tables needs. */
export interface TableFrame {
  source: Source;
  defaults: ImportDefaults;
  hash: (text: string) => string;
}

/** Reads the pages of one source by its map. */
export class PageReader {
  readonly #frame: TableFrame;
  #planned: { columns: string; plan: ImportPlan } | null = null;

  constructor(frame: TableFrame) {
    this.#frame = frame;
  }

  /**
   * The rows of a page, numbered from after `before`.
   * @throws DomainError `invalid` where the map does not fit the columns.
   */
  read(page: SourcePage, before: number): PageTable {
    const { source, hash } = this.#frame;
    const isPreset = 'preset' in source && source.preset !== undefined;
    const columns = isPreset ? ga4Columns() : page.columns;
    const [first] = page.rows;
    const kind = first === undefined ? null : cursorKindOf(valueShown(first.place));
    const plan = this.#planOf(columns, kind);
    let chars = 0;
    const rows = page.rows.map(({ cells, place, fault: told }, at): Row => {
      const number = before + at + 1;
      if (told !== undefined) return { number, cells: [], fault: told };
      const length = JSON.stringify(cells).length;
      chars += length;
      if (length > ROW_CHARS_MAX) {
        const fault = `The row is larger than ${String(ROW_CHARS_MAX / 1024 ** 2)} MB.`;
        return { number, cells: [], fault };
      }
      const origin = { key: place.key ?? '', value: place.value };
      return { number, cells: isPreset ? ga4Cells(page.columns, cells, hash) : cells, origin };
    });
    return { plan, rows, chars };
  }

  /** Documents differ in their columns from page to page, tables do not. */
  #planOf(columns: readonly string[], kind: ReturnType<typeof cursorKindOf> | null): ImportPlan {
    const { source, defaults } = this.#frame;
    const signature = JSON.stringify([columns, kind]);
    if (this.#planned?.columns === signature) return this.#planned.plan;
    const map = pullMap(source, kind);
    const isDocuments = source.kind === 'mongodb' || source.kind === 'firestore';
    // Of documents a name that looks like a slip may be one document's own.
    const plan = planImport(source.as, columns, isDocuments ? (map ?? {}) : map, defaults);
    this.#planned = { columns: signature, plan };
    return plan;
  }
}
