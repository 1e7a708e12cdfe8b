/** `npm run bench`: measures Kairos against its limits; docs/benchmarks.md says how and why. */
import path from 'node:path';
import { readArguments, helpText, ROUNDS, type Arguments } from './arguments.ts';
import { Ground, type Size } from './ground.ts';
import { writeDocs } from './report/docs-table.ts';
import {
  describeCommit,
  describeMachine,
  describeVersions,
  type Versions,
} from './report/machine.ts';
import { writeResult, type Result } from './report/result-file.ts';
import { tableOf, textTable } from './report/table.ts';
import { ROWS } from './rows.ts';
import type { Row } from './row.ts';
import { FOREIGN_MAX, runRow, type RowResult } from './run-row.ts';
import { startServers } from './servers.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const asked = readArguments(process.argv.slice(2), ROWS);
if (asked === null) say(helpText(ROWS));
else if (typeof asked === 'string') {
  process.stderr.write(`${asked}\n\`npm run bench -- --help\` says more.\n`);
  process.exitCode = 2;
} else await bench(asked);

/** Runs the rows one after the other; one that fails is told, and the others go on. */
async function bench({ rows, rounds, isQuick }: Arguments): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      // What was started ends with this process; its folders are in the system's temporary one.
      process.exit(130);
    });
  }
  const size: Size = isQuick ? 'quick' : 'full';
  const measured: { result: RowResult; versions: Versions }[] = [];
  for (const row of rows) {
    say(`\n${row.name}: ${row.title}`);
    try {
      measured.push(await measure(row, { size, rounds, signal: stopping.signal }));
    } catch (error) {
      say(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  const [first] = measured;
  if (first === undefined) return;
  const result: Result = {
    at: new Date().toISOString(),
    size,
    rounds,
    commit: describeCommit(),
    machine: describeMachine(),
    versions: first.versions,
    rows: measured.map((one) => one.result),
  };
  say(`\n${textTable(tableOf(result.rows))}\n`);
  const usual = ROWS.filter(({ whenNamed }) => whenNamed !== true);
  await keep(result, isSame(measured, usual));
}

/** Whether these are the results of exactly these rows. */
function isSame(measured: readonly { result: RowResult }[], rows: readonly Row[]): boolean {
  const names = measured.map(({ result }) => result.name);
  return names.join() === rows.map(({ name }) => name).join();
}

async function measure(
  row: Row,
  { size, rounds, signal }: { size: Size; rounds: number; signal: AbortSignal },
): Promise<{ result: RowResult; versions: Versions }> {
  const servers = await startServers(say, signal);
  try {
    const ground = await Ground.start(size, servers);
    try {
      const { mongo, temporal } = ground.kairos;
      const versions = await describeVersions(mongo, temporal);
      const result = await runRow(row, ground, { rounds, say });
      say(`  took ${result.seconds.toFixed(0)} s`);
      return { result, versions };
    } finally {
      await ground.stop();
    }
  } finally {
    await servers.stop();
  }
}

/** Only a whole run in full, with the usual rounds or more, is what the documentation shows. */
async function keep(result: Result, isWhole: boolean): Promise<void> {
  const file = await writeResult(result, { isWhole });
  say(`Written to ${path.relative('.', file)}.`);
  const turns = result.rows.flatMap(({ rounds }) => rounds.flat());
  const noisy = turns.filter(({ foreign }) => foreign > FOREIGN_MAX).length;
  if (noisy > 0) {
    say(
      `${String(noisy)} of ${String(turns.length)} measurements were made while others used more ` +
        `than ${String(FOREIGN_MAX * 100)} % of the machine: believe the ratios more than the rates.`,
    );
  }
  if (isWhole && result.size === 'full' && result.rounds >= ROUNDS) {
    await writeDocs(result);
    say('The tables of docs/benchmarks.md and docs/operations.md are of this run now.');
  }
}
