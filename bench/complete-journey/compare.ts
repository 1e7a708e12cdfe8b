import type { Bought, Truth } from './sum-up.ts';

/** What Kairos knows of one household, as the API says it. */
export interface Known {
  traits: {
    orders_count: number;
    /** Dollars. */
    total_spent: number;
    /** ISO 8601. */
    first_order_at: string | null;
    last_order_at: string | null;
  };
  attributes: Record<string, unknown>;
}

/** Everything that was read from Kairos. */
export interface Found {
  /** By the household's id; null: nobody is known by it. */
  households: ReadonlyMap<string, Known | null>;
  /** Profiles altogether. */
  profiles: number;
  products: ReadonlySet<string>;
}

/** Every household that any file names, sorted. */
export function householdsIn({ bought, described }: Truth): string[] {
  return [...new Set([...bought.keys(), ...described.keys()])].sort();
}

/** Sentences, one for each thing that Kairos says otherwise than the files; none: all is equal. */
export function differencesOf(truth: Truth, found: Found): string[] {
  const households = householdsIn(truth);
  const products = [...truth.products].filter((id) => !found.products.has(id));
  const strange = [...found.products].filter((id) => !truth.products.has(id));
  return [
    ...(found.profiles === households.length
      ? []
      : [`${String(found.profiles)} profiles instead of ${String(households.length)}`]),
    ...households.flatMap((id) => differencesOfOne(id, truth, found.households.get(id) ?? null)),
    ...products.map((id) => `product ${id} is missing`),
    ...strange.map((id) => `product ${id} is in no file`),
  ];
}

function differencesOfOne(id: string, truth: Truth, known: Known | null): string[] {
  if (known === null) return [`household ${id} is missing`];
  const { orders_count, total_spent, first_order_at, last_order_at } = known.traits;
  const { age_band: age } = known.attributes;
  const bought: Bought | undefined = truth.bought.get(id);
  const said = {
    orders: orders_count,
    cents: Math.round(total_spent * 100),
    first: first_order_at,
    last: last_order_at,
    age: typeof age === 'string' ? age : null,
  };
  const wanted = {
    orders: bought?.orders ?? 0,
    cents: bought?.cents ?? 0,
    first: bought === undefined ? null : new Date(bought.first).toISOString(),
    last: bought === undefined ? null : new Date(bought.last).toISOString(),
    age: truth.described.get(id) ?? null,
  };
  return (Object.keys(wanted) as (keyof typeof wanted)[])
    .filter((name) => said[name] !== wanted[name])
    .map(
      (name) => `household ${id}: ${name} ${String(said[name])} instead of ${String(wanted[name])}`,
    );
}
