import type { Condition } from '#domain/condition/condition.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import type { Fault } from '#domain/errors.ts';
import { segmentsRead } from './catalogue.ts';
import { isContextual, type Definitions } from './is-contextual.ts';
import { KEPT_MAX } from './kept-matches.ts';
import { leavesOf, type PlacedLeaf } from '#domain/condition/leaves-of.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT, type Segment } from './segment.ts';

/**
 * Everything because of which a segment cannot be kept as it is defined, as sentences with their
 * place in the definition. `definitions` are those of all segments now, its own one included.
 */
export function checkSegment(key: string, segment: Segment, definitions: Definitions): Fault[] {
  const before = definitions.get(key);
  const isStatic = 'static' in segment;
  if (before !== undefined && (before === null) !== isStatic) return [otherKind(isStatic)];
  if (isStatic) return [];
  const { condition } = segment;
  const after = new Map(definitions).set(key, condition);
  return [
    ...checkCondition(condition, { key, definitions: after }),
    ...keptReaders(key, definitions, after).map((reader) => ({
      pointer: '#/condition',
      detail: `The members of "${reader}" are kept, and it reads this segment: so this one cannot speak of the request in hand or of values to be filled in. Give it another key.`,
    })),
  ];
}

function otherKind(isStatic: boolean): Fault {
  return isStatic
    ? {
        pointer: '#/static',
        detail:
          'This segment has a condition: it cannot become a list kept by hand. Make a list under another key.',
      }
    : {
        pointer: '#/condition',
        detail:
          'This segment is a list kept by hand: it cannot get a condition. Make a segment under another key.',
      };
}

interface Surroundings {
  /** The segment whose condition it is; null: somebody only asks. */
  key: string | null;
  definitions: Definitions;
}

/** What is wrong with a condition among these segments; pointers begin with `#/condition`. */
export function checkCondition(condition: Condition, around: Surroundings): Fault[] {
  return leavesOf(condition).flatMap((placed) => [
    ...checkSegmentLeaf(placed, around),
    ...checkEventLeaf(placed, around),
  ]);
}

function checkSegmentLeaf({ leaf, pointer }: PlacedLeaf, around: Surroundings): Fault[] {
  if (!('segment' in leaf) || typeof leaf.segment !== 'string') return [];
  const { key, definitions } = around;
  const at = `#/condition${pointer}/segment`;
  const named = leaf.segment;
  const way = key === null ? null : wayTo(key, named, definitions);
  if (way === null) return [];
  const detail =
    way.length === 1
      ? 'A segment cannot read itself.'
      : `A segment cannot read itself around a corner: ${[key, ...way].join(' → ')}.`;
  return [{ pointer: at, detail }];
}

/** The segments on the way from `from` to `key`, both included; null where none leads there. */
function wayTo(
  key: string,
  from: string,
  definitions: Definitions,
  seen = new Set<string>(),
): string[] | null {
  if (from === key) return [key];
  if (seen.has(from)) return null;
  seen.add(from);
  const condition = definitions.get(from) ?? null;
  for (const next of condition === null ? [] : segmentsRead(condition)) {
    const way = wayTo(key, next, definitions, seen);
    if (way !== null) return [from, ...way];
  }
  return null;
}

function checkEventLeaf({ leaf, pointer }: PlacedLeaf, { key }: Surroundings): Fault[] {
  if (!('event' in leaf)) return [];
  const at = `#/condition${pointer}`;
  const faults: Fault[] = [];
  const names: [string, string][] = [['event', leaf.event]];
  if (leaf.followedBy !== undefined) names.push(['followedBy/event', leaf.followedBy.event]);
  for (const [place, name] of names) {
    if (name !== SEGMENT_ENTERED && name !== SEGMENT_LEFT) continue;
    faults.push({
      pointer: `${at}/${place}`,
      detail: `Conditions do not read "${name}", which follows from them. To ask who is in a segment write { segment: its key }.`,
    });
  }
  return key === null ? faults : [...faults, ...checkCounts(leaf, at)];
}

/** Of the matches within a window the newest so many are kept: nobody can count beyond. */
function checkCounts(leaf: EventLeaf, at: string): Fault[] {
  if (leaf.within === undefined && leaf.followedBy === undefined) return [];
  const limits = { atLeast: KEPT_MAX, atMost: KEPT_MAX - 1, exactly: KEPT_MAX - 1 };
  return (['atLeast', 'atMost', 'exactly'] as const).flatMap((name) => {
    const count = leaf[name];
    if (typeof count !== 'number' || count <= limits[name]) return [];
    return [
      {
        pointer: `${at}/${name}`,
        detail: `Of one customer and window the newest ${String(KEPT_MAX)} events are counted: write at most ${String(limits[name])} here, or leave the window out.`,
      },
    ];
  });
}

/** Segments whose members are kept now, and could not be kept any longer. */
function keptReaders(key: string, before: Definitions, after: Definitions): string[] {
  return [...after].flatMap(([reader, condition]) => {
    if (reader === key || condition === null) return [];
    return isContextual(condition, after) && !isContextual(condition, before) ? [reader] : [];
  });
}
