import type { Ground } from './ground.ts';

/** What one round of one side measured, by the figure's name; NaN where it cannot be known. */
export type Figures = Record<string, number>;

/** One contender of a row: Kairos, or what it is measured against. */
export type Side = (round: number) => Promise<Figures>;

/** One line of the report: a figure of ours, alone or beside the same figure of a limit. */
export interface LineSpec {
  /** What is measured, for a reader who knows nothing of the code. */
  what: string;
  side: string;
  figure: string;
  unit: Unit;
  against?: Against;
  /** A bound by itself, not a ratio. */
  atMost?: number;
}

export interface Against {
  /**
   * The limit's side; in the same round, the same figure unless another is named. Of several sides
   * that do the same work in different ways, the best of each round is the limit.
   */
  side: string | readonly string[];
  figure?: string;
  /** What it is, in a few words. */
  label: string;
  /** `more`: ours / limit; `less` (times, costs): limit / ours. A ratio above 1 is always good. */
  better: 'more' | 'less';
  /** The least ratio wanted; without it the ratio is reported only. */
  target?: number;
}

export type Unit = '/s' | 'ms' | 'MB' | 'KB' | 'bytes' | 'events' | 's' | '%';

export interface Row {
  name: string;
  title: string;
  lines: readonly LineSpec[];
  /** One round, however many are asked for: what it counts does not vary, or takes minutes. */
  once?: boolean;
  /** Run where it is named only: it takes longer than all others together. */
  whenNamed?: boolean;
  /** Makes what the sides need; what they do outside of their own clock is not measured. */
  prepare(ground: Ground): Promise<PreparedRow>;
}

export interface PreparedRow {
  /** In the order of the first round; the next round goes the other way round. */
  sides: Record<string, Side>;
  /** Run once before the first round, unmeasured: caches are filled and code is compiled. */
  warmUp?(): Promise<void>;
}

/** A row whose sides differ in size only: before the first round each is run once in small. */
export function warmedUp(
  sidesOf: (count: number) => Record<string, Side>,
  count: number,
  warmUp: number,
): PreparedRow {
  return {
    sides: sidesOf(count),
    async warmUp() {
      for (const side of Object.values(sidesOf(Math.min(count, warmUp)))) await side(-1);
    },
  };
}

/** Fails loudly: a figure of work that was not done is worse than none. */
export function expectCount(what: string, found: number, wanted: number): void {
  if (found !== wanted) {
    throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
  }
}
