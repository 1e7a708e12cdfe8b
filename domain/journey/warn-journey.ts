import { leavesOf, type PlacedLeaf } from '#domain/condition/leaves-of.ts';
import { warnLeaf as warnAnyLeaf } from '#domain/condition/warn-leaf.ts';
import type { Fault } from '#domain/errors.ts';
import { conditionsOf, type PlacedCondition } from '#domain/journey/conditions-of.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { pointerTo } from '#domain/journey/explain-issue.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import { warnSteps, whyNoAnswer } from '#domain/journey/warn-steps.ts';
import { waysOf } from '#domain/journey/segment-ways.ts';
import { paramsOf } from '#domain/segment/is-contextual.ts';

/** More at once helps nobody; the rest shows up when these are mended. */
const WARNINGS_MAX = 200;

/** The segments there are. */
interface Surroundings {
  known: readonly string[];
  /** The values that those want filled in which have no members of their own, by key. */
  open: ReadonlyMap<string, readonly string[]>;
}

/**
 * What may be meant otherwise in a journey that can be published: parts of its conditions that hold
 * of nobody as things are, and segments that nobody comes into or goes out of.
 */
export function warnJourney(journey: Journey, around: Surroundings): Fault[] {
  const warnings = [
    ...warnSteps(journey),
    ...waysOf(journey).flatMap((way) => warnWay(way, around)),
    ...conditionsOf(journey).flatMap((placed) => warnPlaced(placed, { ...around, journey })),
  ];
  return warnings.slice(0, WARNINGS_MAX);
}

/** Whether anything in a journey speaks of a segment: else nothing need be known of these. */
export function readsSegments(journey: Journey): boolean {
  const leaves = conditionsOf(journey).flatMap(({ condition }) => leavesOf(condition));
  return waysOf(journey).length > 0 || leaves.some(({ leaf }) => 'segment' in leaf);
}

function warnWay(
  { pointer, key }: ReturnType<typeof waysOf>[number],
  { known, open }: Surroundings,
): Fault[] {
  if (!known.includes(key)) return [{ pointer, detail: unknown(key, known) }];
  if (!open.has(key)) return [];
  const detail = `"${key}" has no members of its own, for it speaks of a request or of values to be filled in: nobody ever comes into it or goes out of it.`;
  return [{ pointer, detail }];
}

function unknown(key: string, known: readonly string[]): string {
  return `There is no segment "${key}" yet, so nobody is in it until there is.${didYouMean(key, known)}`;
}

/** The journey too: its conditions may speak of what its webhooks answered. */
interface Around extends Surroundings {
  journey: Journey;
}

function warnPlaced(placed: PlacedCondition, around: Around): Fault[] {
  const leaves = leavesOf(placed.condition);
  return [
    ...leaves.flatMap((leaf) => warnLeaf(leaf, placed, around)),
    ...warnUnwanted(leaves, placed, around),
  ];
}

function warnLeaf({ leaf, pointer }: PlacedLeaf, placed: PlacedCondition, around: Around) {
  const at = `${placed.pointer}${pointer}`;
  const warnings = paramsOf(leaf).flatMap((name) => warnParam(name, at, placed));
  if ('context' in leaf) {
    const detail = whyNoContext(leaf.context, placed, around);
    if (detail !== null) warnings.push({ pointer: `${at}/context`, detail });
  }
  warnings.push(...warnAnyLeaf(leaf, at));
  if (!('segment' in leaf) || typeof leaf.segment !== 'string') return warnings;
  return [...warnings, ...warnSegment(leaf.segment, `${at}/segment`, placed, around)];
}

/** Why nobody knows what a condition asks there; null where it may be known. */
function whyNoContext(path: string, placed: PlacedCondition, { journey }: Around): string | null {
  if (!placed.isAsked) {
    return 'Who comes in is not asked with a request in hand, so this part holds of nobody. What the event says is asked with "where".';
  }
  if (path.startsWith('entry.properties.')) return null;
  if (path.startsWith('responses.')) return whyNoAnswer(journey, path);
  return 'A run knows of no request, so this part holds of nobody. What began the run is under entry.properties, as in { context: entry.properties.price }.';
}

function warnParam(name: string, pointer: string, { params }: PlacedCondition): Fault[] {
  if (params === null) {
    const detail = `Nobody can fill in "${name}" in "becomes", so this part holds of nobody. Write the value itself.`;
    return [{ pointer, detail }];
  }
  if (Object.hasOwn(params, name)) return [];
  const detail = `Nobody filled in "${name}", so this part holds of nobody. Fill it in under "params" beside "when".${didYouMean(name, Object.keys(params))}`;
  return [{ pointer, detail }];
}

function warnSegment(
  key: string,
  pointer: string,
  placed: PlacedCondition,
  { known, open }: Surroundings,
): Fault[] {
  const wanted = open.get(key);
  if (!known.includes(key)) return [{ pointer, detail: unknown(key, known) }];
  if (wanted === undefined) return [];
  if (!placed.isAsked) {
    const detail = `"${key}" has no members of its own, for it speaks of a request or of values to be filled in: at an entry nobody is in it. Ask it in a branch.`;
    return [{ pointer, detail }];
  }
  return wanted.flatMap((name) => warnParam(name, pointer, placed));
}

/** Values that nothing asks for: mostly a slip of the pen. */
function warnUnwanted(
  leaves: readonly PlacedLeaf[],
  { params, pointer }: PlacedCondition,
  { open }: Surroundings,
): Fault[] {
  const wanted = leaves.flatMap(({ leaf }) => [
    ...paramsOf(leaf),
    ...('segment' in leaf && typeof leaf.segment === 'string'
      ? (open.get(leaf.segment) ?? [])
      : []),
  ]);
  const beside = pointer.replace(/\/when$/, '/params');
  return Object.keys(params ?? {})
    .filter((name) => !wanted.includes(name))
    .map((name) => ({
      pointer: pointerTo(beside, name),
      detail: `Nothing here asks for "${name}".${didYouMean(name, wanted)}`,
    }));
}
