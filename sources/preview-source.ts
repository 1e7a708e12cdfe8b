import type { Fault } from '#domain/errors.ts';
import { faultOfCall } from '#domain/import/call-faults.ts';
import type { RowFrame } from '#domain/import/cell-reader.ts';
import type { ImportPlan } from '#domain/import/import-plan.ts';
import type { ImportDefaults } from '#domain/import/plan-import.ts';
import { readRow } from '#domain/import/read-row.ts';
import type { Change, Row } from '#domain/import/row.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import type { Source } from '#domain/source/source.ts';
import type { Clock } from '#platform/clock.ts';
import { PageReader } from './page-table.ts';
import type { SourceReader } from './source-reader.ts';

/** Rows shown: enough to see what a map makes of them. */
const ROWS_MAX = 10;

/** What becomes of one row. */
export interface PreviewRow {
  row: number;
  outcome: 'accepted' | 'rejected' | 'skipped';
  /** The cells by their columns, as they were read. */
  cells: Record<string, Json>;
  /** The call, the line of an order or the product that it would be; null: none. */
  makes: unknown;
  changes: readonly Change[];
  problem: { column: string | null; detail: string } | null;
}

export interface Preview {
  columns: readonly string[];
  /** Columns that nothing is taken from. */
  ignored: readonly string[];
  rows: PreviewRow[];
}

export interface PreviewPorts {
  open: () => Promise<SourceReader>;
  /** What acceptance would refuse of these calls; nothing is written. */
  check: (calls: readonly JsonObject[]) => { index: number; errors: readonly Fault[] }[];
  tools: RowFrame['tools'];
  defaults: ImportDefaults;
  clock: Clock;
}

/**
 * Connects to a source, reads its first rows and shows what its map makes of them. Nothing is taken
 * in, nothing is remembered. @throws DomainError that says what keeps it from being read
 */
export async function previewSource(source: Source, ports: PreviewPorts): Promise<Preview> {
  const reader = await ports.open();
  try {
    const page = await reader.readPage(null, ROWS_MAX);
    const frame = { source, defaults: ports.defaults, hash: ports.tools.hash };
    const { plan, rows } = new PageReader(frame).read(page, 0);
    const shown = rows.map((row) => previewRow(plan, row, ports));
    const { columns } = page;
    for (const [at, one] of shown.entries()) {
      const cells = page.rows[at]?.cells ?? [];
      one.cells = Object.fromEntries(
        columns.map((column, place) => [column, cells[place] ?? null]),
      );
    }
    return { columns, ignored: plan.ignored, rows: shown };
  } finally {
    await reader.close();
  }
}

function previewRow(plan: ImportPlan, row: Row, { tools, clock, check }: PreviewPorts): PreviewRow {
  const shown = { row: row.number, cells: {}, makes: null, changes: [], problem: null };
  const read = readRow(plan, row, { importId: 'preview', saidAt: clock(), tools });
  if (read.outcome === 'skipped') return { ...shown, outcome: 'skipped' };
  if (read.outcome === 'rejected') {
    const { column, detail } = read.fault;
    return { ...shown, outcome: 'rejected', problem: { column, detail } };
  }
  const { taken, changes } = read;
  if (!('call' in taken)) {
    const makes: unknown = Object.values(taken)[0];
    return { ...shown, outcome: 'accepted', makes, changes };
  }
  const [refused] = check([taken.call]);
  const problem = refused === undefined ? null : faultOfCall(plan, refused.errors);
  const outcome = problem === null ? 'accepted' : 'rejected';
  return { ...shown, outcome, makes: taken.call, changes, problem };
}
