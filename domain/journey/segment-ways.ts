import { leavesOf } from '#domain/condition/leaves-of.ts';
import type { Journey } from './journey.ts';

interface Way {
  /** JSON pointer of the segment's key in the definition. */
  pointer: string;
  key: string;
}

/** Segments whose comings and goings begin runs or end them. */
export function waysOf({ entry, exits = [] }: Journey): Way[] {
  const said = [
    { pointer: '#/entry/segment', one: entry },
    ...exits.map((one, index) => ({ pointer: `#/exits/${String(index)}/segment`, one })),
  ];
  return said.flatMap(({ pointer, one }) => {
    if (!('segment' in one)) return [];
    const { segment: way } = one;
    const [word, key] = 'enters' in way ? ['enters', way.enters] : ['leaves', way.leaves];
    return [{ pointer: `${pointer}/${word}`, key }];
  });
}

/** Whether a change of membership in one of some segments ends runs of a journey. */
export function isEndedBy({ exits = [] }: Journey, segments: ReadonlySet<string>): boolean {
  return exits.some((one) => {
    if (!('segment' in one)) return false;
    return segments.has('enters' in one.segment ? one.segment.enters : one.segment.leaves);
  });
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
