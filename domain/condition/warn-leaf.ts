import { COMPUTED } from '#domain/condition/computed-traits.ts';
import { AGGREGATES, type EventLeaf, type Leaf } from '#domain/condition/leaves.ts';
import { STAGES_UNKNOWN } from '#domain/condition/stages-unknown.ts';
import type { Fault } from '#domain/errors.ts';
import { quote } from '#domain/journey/explain-issue.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import { KEPT_TRAITS } from '#domain/profile/kept-traits.ts';

/** Every trait there is. */
const TRAITS = [...KEPT_TRAITS, ...COMPUTED];
/** Properties that are money: what stands there may be in any currency. */
const MONEY = /(?:^|[._])(?:revenue|price|total|value|amount)$/;
const CURRENCY = /(?:^|[._])currency$/;

/**
 * What may be meant otherwise in a leaf, whatever it stands in: traits that nobody has, counts that
 * everybody reaches, money of all currencies as one. Pointers go on from the leaf's own.
 */
export function warnLeaf(leaf: Leaf, pointer: string): Fault[] {
  if ('stage' in leaf) return [{ pointer: `${pointer}/stage`, detail: STAGES_UNKNOWN }];
  if ('trait' in leaf) return warnTrait(leaf.trait, `${pointer}/trait`);
  return 'event' in leaf ? warnEvent(leaf, pointer) : [];
}

function warnTrait(trait: string, pointer: string): Fault[] {
  // A path leads into a trait: `spent_by_currency.EUR`.
  if (TRAITS.includes(trait.split('.')[0] ?? '')) return [];
  const detail = `${quote(trait)} is no trait that Kairos reckons, so nobody has it.${didYouMean(trait, TRAITS)} What the shop says of its customers is asked with "attribute".`;
  return [{ pointer, detail }];
}

/** What an event's leaf may compare besides how often it happened. */
const COMPARED = [...AGGREGATES, 'first', 'last'] as const;

function warnEvent(leaf: EventLeaf, pointer: string): Fault[] {
  const warnings: Fault[] = [];
  if (leaf.atLeast === 0 && leaf.atMost === undefined && !COMPARED.some((one) => one in leaf)) {
    const detail =
      'Everybody did something at least 0 times, so this part holds of everybody. For "never" write exactly: 0.';
    warnings.push({ pointer: `${pointer}/atLeast`, detail });
  }
  for (const aggregate of AGGREGATES) {
    const path = leaf[aggregate];
    if (path === undefined || !MONEY.test(path)) continue;
    if (Object.keys(leaf.where ?? {}).some((one) => CURRENCY.test(one))) continue;
    const detail = `Amounts of all currencies count as one here. Where the shop sells in several write where: { properties.currency: { is: EUR } } beside it.`;
    warnings.push({ pointer: `${pointer}/${aggregate}`, detail });
  }
  return warnings;
}
