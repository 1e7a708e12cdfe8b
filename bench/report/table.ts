import type { Line, RowResult } from '../run-row.ts';
import type { Spread } from '../statistics.ts';

const COLUMNS = ['row', 'what', 'Kairos', 'limit', 'ratio (min–max)', 'target', 'met'] as const;

export type Cells = Record<(typeof COLUMNS)[number], string>;

/** The figures of all rows as cells of one table. */
export function tableOf(results: readonly RowResult[]): Cells[] {
  return results.flatMap(({ name, lines }) => lines.map((line) => cellsOf(name, line)));
}

function cellsOf(row: string, line: Line): Cells {
  const { ours, limit, ratio, against, atMost, met, unit } = line;
  const target = atMost ?? against?.target;
  return {
    row,
    what: line.what,
    Kairos: withUnit(ours.median, unit),
    limit: limit === null ? '' : `${withUnit(limit.median, unit)} ${against?.label ?? ''}`,
    'ratio (min–max)': ratio === null ? '' : ratioOf(ratio),
    target: target === undefined ? '' : `${atMost === undefined ? '≥' : '≤'} ${String(target)}`,
    met: met === null ? '' : met ? 'yes' : 'NO',
  };
}

function ratioOf({ median, min, max }: Spread): string {
  return Number.isNaN(median) ? '–' : `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

/** A figure with as many digits as say something; a dash for what could not be known. */
export function withUnit(value: number, unit: string): string {
  if (Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === '/s' ? `${number}/s` : `${number} ${unit}`;
}

/** For a terminal: columns of equal width; a row's name is said once. */
export function textTable(cells: readonly Cells[]): string {
  const shown = cells.map((one, index) => ({
    ...one,
    row: one.row === cells[index - 1]?.row ? '' : one.row,
  }));
  const widths = COLUMNS.map((name) =>
    Math.max(name.length, ...shown.map((one) => one[name].length)),
  );
  const write = (values: readonly string[]): string =>
    values
      .map((value, index) => value.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width));
  return [
    write(COLUMNS),
    write(rule),
    ...shown.map((one) => write(COLUMNS.map((name) => one[name]))),
  ].join('\n');
}

/** For docs/benchmarks.md. */
export function markdownTable(cells: readonly Cells[]): string {
  return markdown(COLUMNS, cells);
}

/** A table in Markdown, formatted as prettier leaves it. */
export function markdown(
  columns: readonly string[],
  cells: readonly Readonly<Record<string, string>>[],
): string {
  const cell = (one: Readonly<Record<string, string>>, name: string): string => one[name] ?? '';
  const widths = columns.map((name) =>
    Math.max(name.length, ...cells.map((one) => cell(one, name).length)),
  );
  const write = (values: readonly string[]): string =>
    `| ${values.map((value, index) => value.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [
    write(columns),
    write(widths.map((width) => '-'.repeat(width))),
    ...cells.map((one) => write(columns.map((name) => cell(one, name)))),
  ].join('\n');
}
