import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readArguments } from '#bench/arguments.ts';
import { Ground } from '#bench/ground.ts';
import { benchmarksText, BEGIN, END, sizingText, withText } from '#bench/report/docs-table.ts';
import { describeCommit, describeMachine, describeVersions } from '#bench/report/machine.ts';
import { writeResult, type Result } from '#bench/report/result-file.ts';
import { tableOf, textTable } from '#bench/report/table.ts';
import { ROWS } from '#bench/rows.ts';
import { runRow, type RowResult } from '#bench/run-row.ts';

let ground: Ground;
let folder: string;
const results: RowResult[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kairos-bench-result-'));
  ground = await Ground.start('smoke', {
    mongodbUri: process.env.KAIROS_TEST_MONGODB_URI ?? '',
    temporalAddress: process.env.KAIROS_TEST_TEMPORAL_ADDRESS ?? '',
    pids: {},
    stop: () => Promise.resolve(),
  });
}, 120_000);
afterAll(async () => {
  await ground.stop();
  await rm(folder, { recursive: true, force: true });
});

const ignore = (): void => undefined;

/** Rows throw where their own counts do not add up, so that they end is what is shown. */
describe('the bench in small', () => {
  it.each(ROWS.map((row) => [row.name, row] as const))(
    'measures %s, and everything in it adds up',
    async (_, row) => {
      const result = await runRow(row, ground, { rounds: 1, say: ignore });
      results.push(result);
      expect(result.rounds).toHaveLength(1);
      expect(result.lines).toHaveLength(row.lines.length);
      // What is known of other processes' CPU and files is not known here of the servers'.
      for (const { ours, unit } of result.lines) {
        if (unit === '/s' || unit === 'events') expect(ours.median).toBeGreaterThan(0);
      }
    },
    120_000,
  );

  it('writes down where, with what and of which code it was measured', async () => {
    const { mongo, temporal } = ground.kairos;
    const result: Result = {
      at: '2026-01-02T03:04:05.000Z',
      size: 'smoke',
      rounds: 1,
      commit: describeCommit(),
      machine: describeMachine(),
      versions: await describeVersions(mongo, temporal),
      rows: results,
    };
    const file = await writeResult(result, { isWhole: true, folder });
    expect(path.basename(file)).toMatch(/^2026-01-02-030405-\w+(-dirty)?-smoke\.json$/);
    const [first, second] = results;
    const some = { ...result, rows: [first, second].flatMap((row) => row ?? []) };
    const part = path.basename(await writeResult(some, { isWhole: false, folder }));
    expect(part).toMatch(/-smoke-events-accepted\+applied-and-routed\.json$/);
    await expect(writeResult(result, { isWhole: true, folder })).rejects.toThrow('EEXIST');
    const written = JSON.parse(await readFile(file, 'utf8')) as Result;
    expect(written.rows.map(({ name }) => name)).toEqual(ROWS.map(({ name }) => name));
    expect(written.machine.cores).toBeGreaterThan(0);
    expect(written.versions.mongod).toMatch(/^\d+\.\d+/);
    expect(written.versions.temporalSdk).toMatch(/^\d+\.\d+/);

    const lines = textTable(tableOf(results)).split('\n');
    expect(lines).toHaveLength(2 + ROWS.flatMap((row) => row.lines).length);
    const page = withText(`before\n${BEGIN}\nold\n${END}\nafter\n`, benchmarksText(result));
    expect(page).toMatch(/^before\n<!-- bench: begin -->\n\nMeasured on 2026-01-02/);
    expect(page).toMatch(/\| one-message-run +\|/);
    expect(page.endsWith(`${END}\nafter\n`)).toBe(true);
    expect(page).not.toContain('old\n');
    expect(sizingText(result)).toMatch(/\| memory, 10,000 runs waiting +\| [\d.,–]+/);
  });
});

describe('the command line of the bench', () => {
  it('takes rows, rounds and --quick', () => {
    expect(readArguments(['idle', '--rounds', '3', '--quick'], ROWS)).toMatchObject({
      rows: [{ name: 'idle' }],
      rounds: 3,
      isQuick: true,
    });
    const usual = ROWS.filter(({ whenNamed }) => whenNamed !== true);
    expect(readArguments([], ROWS)).toMatchObject({ rows: usual, rounds: 5, isQuick: false });
    expect(readArguments(['segment-backfill'], ROWS)).toMatchObject({
      rows: [{ whenNamed: true }],
    });
    expect(readArguments(['--help'], ROWS)).toBeNull();
  });

  it('says what it does not understand', () => {
    expect(readArguments(['speed'], ROWS)).toContain('There is no row "speed"');
    expect(readArguments(['--rounds', '0'], ROWS)).toContain('not "0"');
    expect(readArguments(['--fast'], ROWS)).toContain("'--fast'");
  });
});
