import { leavesOf } from '#domain/condition/leaves-of.ts';
import type { Journey } from './journey.ts';

interface Way {
  /** JSON pointer of the segment's key in the definition. */
  pointer: string;
  key: string;
}

/** Segments whose comings and goings begin runs or end them. */
export function waysOf(journey: Journey): Way[] {
  return [...wayOf('#/entry/segment', journey.entry), ...waysOut(journey)];
}

function waysOut({ exits = [] }: Journey): Way[] {
  return exits.flatMap((exit, index) => wayOf(`#/exits/${String(index)}/segment`, exit));
}

function wayOf(
  pointer: string,
  one: Journey['entry'] | NonNullable<Journey['exits']>[number],
): Way[] {
  if (!('segment' in one)) return [];
  const { segment: way } = one;
  const [word, key] = 'enters' in way ? ['enters', way.enters] : ['leaves', way.leaves];
  return [{ pointer: `${pointer}/${word}`, key }];
}

/** Whether a change of membership in one of some segments ends runs of a journey. */
export function isEndedBy(journey: Journey, segments: ReadonlySet<string>): boolean {
  return waysOut(journey).some(({ key }) => segments.has(key));
}

/** Whether a change of membership in one of some segments begins runs of a journey or ends them. */
export function isMovedBy(journey: Journey, segments: ReadonlySet<string>): boolean {
  const { entry } = journey;
  const becomes = 'becomes' in entry ? leavesOf(entry.becomes) : [];
  return (
    waysOf(journey).some(({ key }) => segments.has(key)) ||
    becomes.some(
      ({ leaf }) =>
        'segment' in leaf && typeof leaf.segment === 'string' && segments.has(leaf.segment),
    )
  );
}
