import type { Ground } from './ground.ts';
import { foreignShare, machineTime } from './process-usage.ts';
import type { Against, Figures, LineSpec, Row } from './row.ts';
import { median, spread, type Spread } from './statistics.ts';

/** One side's turn in one round. */
export interface Turn {
  side: string;
  figures: Figures;
  /** Which part of the machine others had meanwhile, 0…1. */
  foreign: number;
}

export type Round = Turn[];

/** Above this share of foreign CPU a round says more about the neighbours than about the row. */
export const FOREIGN_MAX = 0.1;

/** Background work of a side (acknowledgements, visibility, the oplog) should not fall to the next. */
const REST_MS = 1_000;
const REST_MS_SMOKE = 50;

/** One line of the report with what the rounds made of it. */
export interface Line extends LineSpec {
  ours: Spread;
  limit: Spread | null;
  /** Of the ratios of the rounds, not the ratio of the medians. */
  ratio: Spread | null;
  /** Null where nothing was promised. */
  met: boolean | null;
}

export interface RowResult {
  name: string;
  title: string;
  rounds: Round[];
  lines: Line[];
  seconds: number;
}

/** Runs a row: every side once a round, in alternating order, one after the other. */
export async function runRow(
  row: Row,
  ground: Ground,
  wanted: { rounds: number; say: (line: string) => void },
): Promise<RowResult> {
  const startedAt = performance.now();
  const prepared = await row.prepare(ground);
  await prepared.warmUp?.();
  const rounds: Round[] = [];
  const count = row.once === true ? 1 : wanted.rounds;
  for (let number = 0; number < count; number += 1) {
    const sides = Object.entries(prepared.sides);
    if (number % 2 === 1) sides.reverse();
    const round: Round = [];
    for (const [side, run] of sides) {
      await rest(ground);
      const before = machineTime();
      const figures = await run(number);
      round.push({ side, figures, foreign: foreignShare(before, machineTime()) });
    }
    rounds.push(round);
    wanted.say(`  round ${String(number + 1)} of ${String(count)}`);
    for (const turn of round) wanted.say(`    ${turnLine(turn)}`);
  }
  const lines = row.lines.map((spec) => lineOf(spec, rounds));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { name: row.name, title: row.title, rounds, lines, seconds };
}

function rest({ size }: Ground): Promise<void> {
  const ms = size === 'smoke' ? REST_MS_SMOKE : REST_MS;
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What the rounds say about one line. Throws if a side did not measure the figure. */
export function lineOf(spec: LineSpec, rounds: readonly Round[]): Line {
  const { side, figure, against, atMost } = spec;
  const ours = rounds.map((round) => figureOf(round, side, figure));
  const base = { ...spec, ours: spread(ours) };
  if (against === undefined) {
    const met = atMost === undefined ? null : Math.max(...ours) <= atMost;
    return { ...base, limit: null, ratio: null, met };
  }
  const limit = rounds.map((round) => limitOf(round, against, figure));
  const ratios = ours.map((value, index) => {
    const other = limit[index] ?? NaN;
    return against.better === 'more' ? value / other : other / value;
  });
  const met = against.target === undefined ? null : median(ratios) >= against.target;
  return { ...base, limit: spread(limit), ratio: spread(ratios), met };
}

function limitOf(round: Round, { side, figure, better }: Against, ours: string): number {
  const sides = typeof side === 'string' ? [side] : side;
  const found = sides.map((one) => figureOf(round, one, figure ?? ours));
  return better === 'more' ? Math.max(...found) : Math.min(...found);
}

function figureOf(round: Round, side: string, figure: string): number {
  const value = round.find((turn) => turn.side === side)?.figures[figure];
  if (value === undefined) throw new Error(`${side} did not measure ${figure}`);
  return value;
}

/** The first figure of a side, and whether the machine was quiet meanwhile. */
function turnLine({ side, figures, foreign }: Turn): string {
  const [name = '', value = NaN] = Object.entries(figures)[0] ?? [];
  const share = Number.isNaN(foreign)
    ? 'foreign CPU unknown'
    : `${(foreign * 100).toFixed(0)} % foreign CPU`;
  const noise = foreign > FOREIGN_MAX ? ', NOISY' : '';
  return `${side.padEnd(9)} ${name} ${value.toPrecision(4)} (${share}${noise})`;
}
