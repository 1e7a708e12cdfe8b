import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FOREIGN_MAX } from '../run-row.ts';
import type { Result } from './result-file.ts';
import { sizingOf } from './sizing.ts';
import { markdownTable, tableOf } from './table.ts';

const docs = (name: string): string =>
  fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

/** Between these two lines the bench writes; the rest of the page is a person's. */
export const BEGIN = '<!-- bench: begin -->';
export const END = '<!-- bench: end -->';

/** The page with this text between the marks. Throws where they are not there once each. */
export function withText(page: string, text: string): string {
  const [before, rest, ...more] = page.split(BEGIN);
  const [old, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length > 0) {
    throw new Error(`the page needs one ${BEGIN} and one ${END}`);
  }
  if (others.length > 0) throw new Error(`the page has more than one ${END}`);
  return `${before}${BEGIN}\n\n${text}\n\n${END}${after}`;
}

/** Writes the table of docs/benchmarks.md and what docs/operations.md reckons with. */
export async function writeDocs(result: Result): Promise<void> {
  await write(docs('benchmarks.md'), benchmarksText(result));
  await write(docs('operations.md'), sizingText(result));
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, withText(await readFile(file, 'utf8'), text));
}

/** Where and when, the table, and how quiet it was. */
export function benchmarksText(result: Result): string {
  const { machine, rounds, rows } = result;
  const noisy = rows.flatMap((row) =>
    row.rounds.filter((round) => round.some(({ foreign }) => foreign > FOREIGN_MAX)),
  ).length;
  const all = rows.reduce((sum, row) => sum + row.rounds.length, 0);
  const { node, mongod, temporal, temporalSdk } = result.versions;
  return [
    `${measured(result)},`,
    `${String(rounds)} rounds: ${machine.cpu}, ${String(machine.cores)} cores,`,
    `${String(machine.memoryGb)} GB, ${machine.kernel}; Node.js ${node},`,
    `MongoDB ${mongod}, Temporal ${temporal}, SDK ${temporalSdk}.`,
    `${String(noisy)} of ${String(all)} rounds had more than ${String(FOREIGN_MAX * 100)} % foreign CPU.`,
    '',
    markdownTable(tableOf(rows)),
  ].join('\n');
}

export function sizingText(result: Result): string {
  const { cpu, cores } = result.machine;
  return `${measured(result)}, on ${String(cores)} cores of a ${cpu}.\n\n${sizingOf(result.rows)}`;
}

function measured({ at, commit }: Result): string {
  const changed = commit.isDirty ? ' with changes' : '';
  return `Measured on ${at.slice(0, 10)}, commit \`${commit.id}\`${changed}`;
}
