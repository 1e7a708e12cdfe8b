import { Temporal } from 'temporal-polyfill';
import { nextDateOccurrence } from '#domain/time/date-occurrence.ts';
import type { KairosClient } from '../demo/kairos-client.ts';
import type { Resident } from './fill-carts.ts';
import type { ShopImport } from './import-shop.ts';

/** As in library/journeys/birthday.yaml. */
const PRESENT = { offset: '-P3D', at: '10:00' };

/**
 * What there is to see once the shop is in, as lines for the terminal; counts come from the API.
 * `folderOption` is what a command needs to find this installation, with a space before it.
 */
export async function whatToSee(
  client: KairosClient,
  shop: ShopImport,
  { folderOption, now }: { folderOption: string; now: number },
): Promise<string[]> {
  const { residents, leavers } = shop;
  const totals = await totalsOf(client, residents);
  const asleep = residents.filter((one) => shop.asleepAt(one) <= now);
  const lines = [
    '',
    `The shop's year is in, ending yesterday: ${String(totals.households)} households with ` +
      `${grouped(totals.orders)} orders worth ${grouped(Math.round(totals.spent))} dollars.`,
    `${String(asleep.length)} of them have not bought for sixty days and more. A year of the past begins no journey, so nobody`,
    `was written to; ${String(leavers.length)} have left something in the cart just now, and the journey waits an hour.`,
    'Households to look up:',
    ...whoToSee(shop, now).map(([userId, why]) => `  external:${userId.padEnd(16)} ${why}`),
    'For example, in a second terminal:',
    `  npx kairos explain-run external:${whoOf(leavers)}${folderOption}`,
    'docs/demo-shop.md: where the data comes from, whether it is simulated, what of it is made up.',
  ];
  return lines;
}

async function totalsOf(
  client: KairosClient,
  residents: readonly Resident[],
): Promise<{ households: number; orders: number; spent: number }> {
  const totals = { households: 0, orders: 0, spent: 0 };
  for (const { person } of residents) {
    const traits = (await client.profile(person.userId))?.traits;
    if (traits === undefined) continue;
    totals.households += 1;
    totals.orders += numberIn(traits.orders_count);
    totals.spent += numberIn(traits.total_spent);
  }
  return totals;
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** A few households of whom something is to be expected, each with the reason. */
function whoToSee(shop: ShopImport, now: number): [userId: string, why: string][] {
  const { residents, leavers } = shop;
  const present = soonest(residents, (one) => presentAt(one, now));
  const sleeper = soonest(residents, (one) => {
    const at = shop.asleepAt(one);
    return at > now ? at : null;
  });
  const best = [...residents].sort(
    (a, b) => b.household.baskets.length - a.household.baskets.length,
  )[0];
  return [
    ...leavers
      .slice(0, 1)
      .map((one): [string, string] => [one.person.userId, 'has left something in the cart']),
    ...named(present, (at) => `gets a birthday present in ${inWords(at - now)}`),
    ...named(sleeper, (at) => `falls asleep in ${inWords(at - now)}: the win-back begins`),
    ...(best === undefined
      ? []
      : [
          [
            best.person.userId,
            `came most often, ${grouped(best.household.baskets.length)} times`,
          ] satisfies [string, string],
        ]),
  ];
}

interface Expected {
  who: Resident;
  at: number;
}

function named(found: Expected | null, why: (at: number) => string): [string, string][] {
  return found === null ? [] : [[found.who.person.userId, why(found.at)]];
}

/** Whoever comes first by an instant (epoch ms); null means never. */
function soonest(
  residents: readonly Resident[],
  atOf: (one: Resident) => number | null,
): Expected | null {
  let found: Expected | null = null;
  for (const who of residents) {
    const at = atOf(who);
    if (at !== null && (found === null || at < found.at)) found = { who, at };
  }
  return found;
}

function presentAt({ person }: Resident, now: number): number | null {
  return nextDateOccurrence(person.birthday, PRESENT, person.zone, now);
}

function whoOf([first]: readonly Resident[]): string {
  return first?.person.userId ?? 'household-1';
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function inWords(ms: number): string {
  const { hours, minutes } = Temporal.Duration.from({
    milliseconds: Math.max(0, Math.round(ms)),
  }).round({ largestUnit: 'hours', smallestUnit: 'minutes' });
  return hours === 0 ? `${String(minutes)} min` : `${String(hours)} h ${String(minutes)} min`;
}
