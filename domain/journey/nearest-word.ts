/** Words longer than this are no slips of the pen of anything we know. */
const WORD_LENGTH_MAX = 64;

/** The candidate that was most likely meant: at most one slip in three letters away; else null. */
export function nearestWord(word: string, candidates: Iterable<string>): string | null {
  if (word.length > WORD_LENGTH_MAX) return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = slips(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean "remind"?` with a space before it, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearestWord(word, candidates);
  return meant === null ? '' : ` Did you mean "${meant}"?`;
}

/** Letters to add, drop, change or swap with their neighbour to turn one word into the other. */
function slips(one: string, other: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      if (one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[other.length] ?? 0;
}
