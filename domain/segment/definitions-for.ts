import type { Condition } from '#domain/condition/condition.ts';
import { SegmentCatalogue, segmentsRead, type CompiledSegment } from './catalogue.ts';
import type { SegmentDefinitions } from './segments-now.ts';

/** The key under which a condition is asked about that is no segment: no segment can have it. */
export const ASKED = '';

/**
 * The segments needed to answer a condition, with the condition itself among them: who it holds of
 * is in `ASKED`.
 */
export function definitionsFor(
  condition: Condition,
  { kept, contextual, params }: SegmentDefinitions,
): SegmentDefinitions {
  const all = new Map([...kept.segments, ...contextual.segments].map((one) => [one.key, one]));
  const needed = new Set<CompiledSegment>();
  const need = (one: Condition): void => {
    for (const key of segmentsRead(one)) {
      const segment = all.get(key);
      if (segment === undefined || needed.has(segment)) continue;
      needed.add(segment);
      if (segment.condition !== null) need(segment.condition);
    }
  };
  need(condition);
  const asked = { key: ASKED, generation: 0, condition };
  return {
    kept: new SegmentCatalogue(
      [...needed].filter(({ key }) => kept.has(key)),
      kept.generation,
    ),
    contextual: new SegmentCatalogue([...[...needed].filter(({ key }) => !kept.has(key)), asked]),
    params,
  };
}
