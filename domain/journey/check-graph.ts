import type { Fault } from '#domain/errors.ts';
import { pointerTo, quote } from '#domain/journey/explain-issue.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import type { Next } from '#domain/journey/steps/step-kind.ts';

/** What the check of a journey's arrows needs to know of a step, be it well written or not. */
export interface Node {
  nexts: Next[];
  takesTime: boolean;
  ends: boolean;
}
export type Graph = ReadonlyMap<string, Node>;

/** Where all steps stand in a definition. */
const STEPS = '#/steps';

/** Arrows that lead nowhere. */
export function missingSteps(graph: Graph, start: string | null): Fault[] {
  const arrows = start === null ? [] : [{ pointer: '#/start', target: start }];
  for (const [id, node] of graph) {
    for (const next of node.nexts) {
      arrows.push({ pointer: pointerTo(STEPS, id) + next.pointer, target: next.target });
    }
  }
  return arrows
    .filter((arrow) => !graph.has(arrow.target))
    .map(({ pointer, target }) => ({
      pointer,
      detail: `There is no step ${quote(target)}.${didYouMean(target, graph.keys())}`,
    }));
}

/** Steps nobody ever comes to, and ways that never end. A start that is nowhere hides them all. */
export function deadEnds(graph: Graph, start: string): Fault[] {
  if (!graph.has(start)) return [];
  const forwards = arrowsOf(graph);
  const reached = reachableFrom([start], forwards);
  const ends = [...graph].filter(([, node]) => node.ends).map(([id]) => id);
  const ending = reachableFrom(ends, reversed(forwards));
  const unreached = [...graph.keys()].filter((id) => !reached.has(id));
  const faults = unreached.map((id) => ({
    pointer: pointerTo(STEPS, id),
    detail: `Nobody ever comes to the step ${quote(id)}: no way leads there from the start.`,
  }));
  if (!ending.has(start)) {
    const detail = 'The journey never ends: no way leads from its start to a step with "end".';
    return [...faults, { pointer: '#/start', detail }];
  }
  const trapped = [...reached].filter((id) => !ending.has(id));
  return [
    ...faults,
    ...trapped.map((id) => ({
      pointer: pointerTo(STEPS, id),
      detail: `From the step ${quote(id)} no way leads to a step with "end".`,
    })),
  ];
}

/** Loops in which no time passes: a customer would run round and round in an instant. */
export function timelessLoops(graph: Graph): Fault[] {
  const faults: Fault[] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  // The depth is bounded by the number of steps, which was checked before.
  const visit = (id: string): void => {
    const node = graph.get(id);
    if (node === undefined || node.takesTime || done.has(id)) return;
    trail.push(id);
    for (const { pointer, target } of node.nexts) {
      const from = trail.indexOf(target);
      if (from === -1) visit(target);
      else faults.push(loopFault(id, pointer, [...trail.slice(from), target]));
    }
    trail.pop();
    done.add(id);
  };
  for (const id of graph.keys()) visit(id);
  return faults;
}

function loopFault(id: string, pointer: string, round: string[]): Fault {
  return {
    pointer: pointerTo(STEPS, id) + pointer,
    detail: `This goes round without end and without rest (${round.join(' → ')}): put a "wait" or a "waitFor" into the loop.`,
  };
}

type Arrows = ReadonlyMap<string, readonly string[]>;

function arrowsOf(graph: Graph): Arrows {
  return new Map(
    [...graph].map(([id, node]) => [
      id,
      node.nexts.map((next) => next.target).filter((target) => graph.has(target)),
    ]),
  );
}

function reversed(arrows: Arrows): Arrows {
  const back = new Map<string, string[]>();
  for (const [from, targets] of arrows) {
    for (const target of targets) back.set(target, [...(back.get(target) ?? []), from]);
  }
  return back;
}

function reachableFrom(starts: readonly string[], arrows: Arrows): Set<string> {
  const reached = new Set(starts);
  for (const id of reached) {
    // A set grows while it is walked: what is added now is walked later.
    for (const target of arrows.get(id) ?? []) reached.add(target);
  }
  return reached;
}
