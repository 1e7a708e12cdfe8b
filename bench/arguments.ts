import { parseArgs } from 'node:util';
import type { Row } from './row.ts';

/** What the published figures are medians of. */
export const ROUNDS = 5;
/** More rounds than this take a day. */
const ROUNDS_MAX = 100;

export interface Arguments {
  rows: readonly Row[];
  rounds: number;
  isQuick: boolean;
}

export function helpText(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return `npm run bench -- [ROW …] [options]

Measures Kairos against its limits, side by side on the same servers, started for it alone.

  --rounds N  how often each side is run, in turns (default ${String(ROUNDS)})
  --quick     small numbers, for trying: says whether it works, not how fast it is
  --help      this text

Examples:
  $ npx kairos bench --quick latency
  $ npx kairos bench applied-and-routed one-message-run
  $ npx kairos bench --rounds 1 segment-backfill

Rows (all but those marked * where none is named; these in full also update docs/benchmarks.md):
${rows.map((row) => `${row.whenNamed === true ? '*' : ' '} ${row.name.padEnd(width)}  ${row.title}`).join('\n')}`;
}

/** Reads the command line; answers a sentence where it makes no sense, null where help is wanted. */
export function readArguments(
  argv: readonly string[],
  all: readonly Row[],
): Arguments | string | null {
  const parsed = parse(argv);
  if (typeof parsed === 'string') return parsed;
  const { values, positionals } = parsed;
  if (values.help) return null;
  const unknown = positionals.find((name) => !all.some((row) => row.name === name));
  if (unknown !== undefined) {
    return `There is no row "${unknown}". Rows: ${all.map(({ name }) => name).join(', ')}.`;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    return `--rounds must be a whole number from 1 to ${String(ROUNDS_MAX)}, not "${values.rounds}".`;
  }
  const rows = all.filter(({ name, whenNamed }) =>
    positionals.length === 0 ? whenNamed !== true : positionals.includes(name),
  );
  return { rows, rounds, isQuick: values.quick };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rounds: { type: 'string', default: String(ROUNDS) },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}
