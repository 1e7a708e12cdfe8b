import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FOREIGN_MAX } from '../run-row.ts';
import type { Result } from './result-file.ts';
import { markdownTable, tableOf } from './table.ts';

const DOCS = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** Between these two lines the bench writes; the rest of the page is a person's. */
export const BEGIN = '<!-- bench: begin -->';
export const END = '<!-- bench: end -->';

/** The page with the table of this result. Throws where the marks are not there once each. */
export function withTable(page: string, result: Result): string {
  const [before, rest, ...more] = page.split(BEGIN);
  const [old, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length > 0) {
    throw new Error(`docs/benchmarks.md needs one ${BEGIN} and one ${END}`);
  }
  if (others.length > 0) throw new Error(`docs/benchmarks.md has more than one ${END}`);
  return `${before}${BEGIN}\n\n${described(result)}\n\n${END}${after}`;
}

export async function writeTable(result: Result): Promise<void> {
  await writeFile(DOCS, withTable(await readFile(DOCS, 'utf8'), result));
}

/** Where and when, the table, and how quiet it was. */
function described(result: Result): string {
  const { at, machine, versions, commit, rounds, rows } = result;
  const noisy = rows.flatMap((row) =>
    row.rounds.filter((round) => round.some(({ foreign }) => foreign > FOREIGN_MAX)),
  ).length;
  const all = rows.reduce((sum, row) => sum + row.rounds.length, 0);
  return [
    `Measured on ${at.slice(0, 10)}, commit \`${commit.id}\`${commit.isDirty ? ' with changes' : ''},`,
    `${String(rounds)} rounds: ${machine.cpu}, ${String(machine.cores)} cores,`,
    `${String(machine.memoryGb)} GB, ${machine.kernel}; Node.js ${versions.node},`,
    `MongoDB ${versions.mongod}, Temporal ${versions.temporal}, SDK ${versions.temporalSdk}.`,
    `${String(noisy)} of ${String(all)} rounds had more than ${String(FOREIGN_MAX * 100)} % foreign CPU.`,
    '',
    markdownTable(tableOf(rows)),
  ].join('\n');
}
