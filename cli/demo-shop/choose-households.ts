/** What the choice of a household goes by. */
export interface HouseholdFacts {
  id: number;
  lines: number;
  baskets: number;
  /** Epoch ms of the last basket. */
  lastAt: number;
  hasDemographics: boolean;
}

/** How many of each kind; together a shop that an ordinary machine takes in within a minute. */
export const SHARES = {
  /** Bought last 59 or 60 days before the end: the win-back journey finds them at once. */
  fallingAsleep: 14,
  /** Bought last longer ago, and often enough before that to be missed. */
  asleep: 24,
  /** Awake, their demographics known. */
  described: 210,
  /** Awake, nothing known but what they bought: mostly light buyers. */
  plain: 90,
} as const;

const DAY_MS = 86_400_000;
/** After so many days without an order the library's journey counts a customer as asleep. */
const SLEEP_DAYS = 60;
/** Fewer baskets than this are no habit that could be missed. */
const HABIT_BASKETS = 5;

/**
 * Picks the households of the cut: deterministic, each kind spread evenly from the lightest to the
 * heaviest buyer. `endAt` is the last instant of the source (epoch ms). Ids, ascending.
 */
export function chooseHouseholds(all: readonly HouseholdFacts[], endAt: number): number[] {
  const lastDay = Math.floor(endAt / DAY_MS);
  const daysAgo = ({ lastAt }: HouseholdFacts): number => lastDay - Math.floor(lastAt / DAY_MS);
  // The demo plays the day after the last one: who is at 58 and 59 days now falls asleep then.
  const habitual = all.filter(({ baskets }) => baskets >= HABIT_BASKETS);
  const falling = habitual.filter((one) => isWithin(daysAgo(one), SLEEP_DAYS - 2, SLEEP_DAYS - 1));
  const asleep = habitual.filter((one) => daysAgo(one) > SLEEP_DAYS);
  const awake = all.filter((one) => daysAgo(one) < SLEEP_DAYS - 2);
  const chosen = [
    spread(falling, SHARES.fallingAsleep),
    spread(asleep, SHARES.asleep),
    spread(
      awake.filter((one) => one.hasDemographics),
      SHARES.described,
    ),
    spread(
      awake.filter((one) => !one.hasDemographics),
      SHARES.plain,
    ),
  ];
  return chosen
    .flat()
    .map(({ id }) => id)
    .sort((a, b) => a - b);
}

function isWithin(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}

/** `count` of them at even distances, in the order of how much they bought. */
function spread(from: readonly HouseholdFacts[], count: number): HouseholdFacts[] {
  const ordered = [...from].sort((a, b) => a.lines - b.lines || a.id - b.id);
  if (ordered.length <= count) return ordered;
  const step = ordered.length / count;
  return Array.from(
    { length: count },
    (_, index) => ordered[Math.floor((index + 0.5) * step)],
  ).filter((one) => one !== undefined);
}
