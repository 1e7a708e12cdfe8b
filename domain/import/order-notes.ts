import type { ImportPlan } from './import-plan.ts';
import { withoutOlder, type OrderLine } from './order-lines.ts';
import type { Change } from './row.ts';

const TIMES = 'lines of one order at different times: the earliest counts';
const AMOUNTS = 'lines of one order name different amounts: that of its first line counts';
const REPEATED =
  'the same on every line of the order, and added up as that of each line; if it is the order’s, map it to `revenue`';

/**
 * What was assumed of an order that its lines may not have meant: they say different things of what
 * the order has once, each has the same total, or it is in another currency than the shop reckons in.
 */
export function orderNotes(order: readonly OrderLine[], plan: ImportPlan): Change[] {
  const lines = withoutOlder(order);
  const [first] = lines;
  if (first === undefined) return [];
  const { shopCurrency } = plan;
  const inOther = `orders in ${first.currency}, while the shop reckons in ${shopCurrency}: they count in spent_by_currency, not in total_spent`;
  const notes: readonly [word: string, holds: boolean, change: string][] = [
    ['at', lines.some(({ at }) => at !== first.at), TIMES],
    ['revenue', lines.some(({ revenue }) => revenue !== first.revenue), AMOUNTS],
    ['total', isRepeated(lines), REPEATED],
    ['currency', first.currency !== shopCurrency, inOther],
  ];
  return notes.flatMap(([word, holds, change]) =>
    holds ? [{ column: columnOf(word, plan), change }] : [],
  );
}

function columnOf(word: string, { fields, line }: ImportPlan): string {
  return (fields[word] ?? line[word])?.column ?? word;
}

/** Nothing twice is nothing still. */
function isRepeated(lines: readonly OrderLine[]): boolean {
  const [first, ...others] = lines;
  if (first?.isTotal !== true || others.length === 0 || Number(first.worth) === 0) return false;
  return others.every(({ worth }) => worth === first.worth);
}
