/** Rows as aligned columns, two spaces between them and none at a line's end. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** `2026-11-22T08:40:12.345Z` as `2026-11-22 08:40:12`: UTC, to the second, to be read in columns. */
export function shortInstant(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}

/** `1 run`, `2 runs`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
