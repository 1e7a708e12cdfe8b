/** The figures of several rounds in three: what to believe, and how far to trust it. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** The middle value; of an even number of values the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (upper === undefined || lower === undefined) throw new Error('the median of nothing');
  return (lower + upper) / 2;
}

/**
 * The smallest value that at least `percent` of all values do not exceed (nearest rank): always one
 * that was measured, never a point between two. `percent` is above 0 and at most 100.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  const rank = Math.ceil((percent / 100) * sorted.length);
  const found = sorted[rank - 1];
  if (found === undefined) throw new Error('a percentile of nothing');
  return found;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other);
}
