import type { Condition, Leaf } from '#domain/condition/leaves.ts';
import { leavesOf } from '#domain/condition/leaves-of.ts';

/** Conditions of all segments by key; null for one whose members are told by name. */
export type Definitions = ReadonlyMap<string, Condition | null>;

/**
 * Whether a condition speaks of the request in hand or of values to be filled in, itself or by a
 * segment it names: then nobody is in it until somebody asks.
 */
export function isContextual(condition: Condition, definitions: Definitions): boolean {
  return isOpen(condition, definitions, new Set());
}

function isOpen(condition: Condition, definitions: Definitions, seen: Set<string>): boolean {
  return leavesOf(condition).some(({ leaf }) => {
    if ('context' in leaf || paramsOf(leaf).length > 0) return true;
    if (!('segment' in leaf) || typeof leaf.segment !== 'string' || seen.has(leaf.segment)) {
      return false;
    }
    seen.add(leaf.segment);
    const other = definitions.get(leaf.segment) ?? null;
    return other !== null && isOpen(other, definitions, seen);
  });
}

/** Names of the values that a leaf wants filled in, wherever in it they stand. */
export function paramsOf(leaf: Leaf): string[] {
  return paramsIn(leaf);
}

function paramsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = 'param' in part && typeof part.param === 'string' ? [part.param] : [];
  return [...own, ...Object.values(part).flatMap(paramsIn)];
}

/** Names of all values that a segment wants filled in, itself or by those it reads, each once. */
export function valuesWanted(key: string, definitions: Definitions): string[] {
  const wanted = new Set<string>();
  const seen = new Set<string>();
  const visit = (one: string): void => {
    const condition = definitions.get(one) ?? null;
    if (condition === null || seen.has(one)) return;
    seen.add(one);
    for (const { leaf } of leavesOf(condition)) {
      for (const name of paramsOf(leaf)) wanted.add(name);
      if ('segment' in leaf && typeof leaf.segment === 'string') visit(leaf.segment);
    }
  };
  visit(key);
  return [...wanted];
}
