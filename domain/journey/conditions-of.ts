import type { Condition } from '#domain/condition/condition.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { ParamValues } from '#domain/journey/param-values.ts';

/** A condition of a journey, where it stands and what it may speak of. */
export interface PlacedCondition {
  /** JSON pointer of the condition in the definition. */
  pointer: string;
  condition: Condition;
  /** Values filled in beside it; null: where it stands none can be. */
  params: ParamValues | null;
  /**
   * Whether it is asked once, of a run under way: then also segments can be that have no members of
   * their own, and what began the run is at hand.
   */
  isAsked: boolean;
}

/** Every condition of a journey, in the order of the definition. */
export function conditionsOf({ entry, steps }: Journey): PlacedCondition[] {
  const found: PlacedCondition[] = [];
  if ('becomes' in entry) {
    const { becomes: condition } = entry;
    found.push({ pointer: '#/entry/becomes', condition, params: null, isAsked: false });
  }
  if (('event' in entry || 'segment' in entry) && entry.when !== undefined) {
    const { when: condition, params = {} } = entry;
    found.push({ pointer: '#/entry/when', condition, params, isAsked: false });
  }
  for (const [id, step] of Object.entries(steps)) {
    if (!('branch' in step)) continue;
    for (const [index, one] of step.branch.entries()) {
      if (!('when' in one)) continue;
      const { when: condition, params = {} } = one;
      const pointer = `#/steps/${id}/branch/${String(index)}/when`;
      found.push({ pointer, condition, params, isAsked: true });
    }
  }
  return found;
}
