import type { RunEntry } from '#domain/journey/run.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import type { Profile, Traits } from '#domain/profile/profile.ts';
import { PERSONAL_ROOTS, type PersonalRoot } from './personal-content.ts';

/** What every message is made with. */
const BASE_ROOTS = ['profile', 'entry', 'event', 'context', 'links'] as const;

/** The names a template may start a path with; everything else is a fault when it is published. */
export const TEMPLATE_ROOTS: readonly string[] = [
  ...BASE_ROOTS,
  ...PERSONAL_ROOTS,
  'responses',
  'vouchers',
];

/** The same for texts of a journey's own steps, which no person reads: `ids` says who it is. */
export const STEP_ROOTS: readonly string[] = [
  ...['profile', 'entry', 'event', 'context', 'responses', 'ids'],
];

/** The links there are. */
export const TEMPLATE_LINKS = ['unsubscribe', 'preferences', 'confirm'] as const;

/** What Liquid sees, by root. */
export type TemplateScope = Record<(typeof BASE_ROOTS)[number], Json> &
  Partial<Record<PersonalRoot | 'vouchers' | 'responses', Json>>;

export interface ScopeInput {
  profile: Pick<Profile, 'attributes' | 'traits' | 'cart'>;
  entry: RunEntry;
  /** What tells apart runs of one person through one journey, e.g. a cart's id. */
  entryKey: string | null;
  /** The shop's ISO 4217 currency: how many decimals its minor units are. */
  currency: string;
  links: { unsubscribe: string; preferences?: string; confirm?: string };
  /** What webhooks of the run answered, by step and name. */
  responses?: Readonly<Record<string, JsonObject>> | undefined;
}

/**
 * Everything a template may say about a person and why they are written to. Money is in decimal
 * major units and instants are ISO 8601, since people will read them.
 */
export function templateScope(input: ScopeInput): TemplateScope {
  const { profile, entry, entryKey, currency } = input;
  const cart = profile.cart.map((line) => ({
    product_id: line.product_id,
    cart_id: line.cart_id,
    name: line.name,
    quantity: line.quantity,
    price: line.price === null ? null : toMajorUnits(line.price, currency),
  }));
  return {
    // An attribute called `traits` or `cart` is hidden by what Kairos itself knows.
    profile: { ...profile.attributes, cart, traits: readableTraits(profile.traits, currency) },
    entry: {
      kind: entry.kind,
      key: entryKey,
      at: isoInstant(entry.at),
      properties: entry.properties,
    },
    event: readableEvent(entry),
    context: entry.event?.context ?? {},
    links: { ...input.links },
    ...(input.responses !== undefined && { responses: { ...input.responses } }),
  };
}

function readableEvent({ event }: RunEntry): Json {
  if (event === null) return null;
  const { name, properties, occurredAt } = event;
  return { name, properties, occurredAt: isoInstant(occurredAt) };
}

function readableTraits(traits: Traits, currency: string): JsonObject {
  const spent = Object.entries(traits.spent_by_currency);
  const shown = Object.entries(traits).map(([name, value]): [string, Json] => [
    name,
    name.endsWith('_at') && typeof value === 'number' ? isoInstant(value) : value,
  ]);
  return {
    ...Object.fromEntries(shown),
    total_spent: toMajorUnits(traits.total_spent, currency),
    average_order:
      traits.average_order === null ? null : toMajorUnits(traits.average_order, currency),
    spent_by_currency: Object.fromEntries(
      spent.map(([code, minor]) => [code, toMajorUnits(minor, code)]),
    ),
  };
}

/** Epoch ms as ISO 8601 in UTC; null for what lies outside of JavaScript's dates. */
function isoInstant(at: number): string | null {
  if (!(Math.abs(at) <= 8.64e15)) return null;
  return new Date(at).toISOString();
}
