import { LANGUAGE, ZONE } from '#domain/condition/computed-traits.ts';
import { MONEY_TRAITS, type Facts } from '#domain/condition/facts.ts';
import { readParts, type Json, type JsonObject } from '#domain/json.ts';
import { toMajorUnits } from '#domain/profile/money.ts';

type ReadValue = (source: Readonly<JsonObject>) => Json | undefined;

/** What reads a value by its whole name first, for names may hold dots; else as a path. */
export function readValue(name: string): ReadValue {
  const parts = name.includes('.') ? name.split('.') : null;
  return (source) => {
    if (Object.hasOwn(source, name)) return source[name];
    return parts === null ? undefined : readParts(source, parts);
  };
}

const SPENT_BY_CURRENCY = 'spent_by_currency.';

/** What reads a trait as people speak of it: money in major units. */
export function readTrait(name: string): (facts: Facts) => Json | undefined {
  if (name === ZONE) return ({ zone }) => zone;
  if (name === LANGUAGE) return ({ language }) => language ?? undefined;
  const read = readValue(name);
  if (MONEY_TRAITS.has(name)) {
    return ({ traits, currency }) => inMajorUnits(read(traits), currency);
  }
  if (name.startsWith(SPENT_BY_CURRENCY)) {
    const currency = name.slice(SPENT_BY_CURRENCY.length);
    return ({ traits }) => inMajorUnits(read(traits), currency);
  }
  return ({ traits }) => read(traits);
}

function inMajorUnits(value: Json | undefined, currency: string): Json | undefined {
  return typeof value === 'number' ? toMajorUnits(value, currency) : value;
}
