import { parseCondition } from '#domain/condition/parse-condition.ts';
import { SegmentCatalogue } from '#domain/segment/catalogue.ts';

/** Segments of every kind that merging and undoing must keep true. */
export const CATALOGUE = new SegmentCatalogue(
  [
    { event: 'Order Completed', atLeast: 2 },
    { attribute: 'colour', is: 'red' },
    { trait: 'orders_count', gte: 1 },
    null,
    { event: 'Product Viewed', atLeast: 2, within: 'P30D' },
    { event: 'Order Completed', sum: 'properties.revenue', gte: 100, within: 'P90D' },
  ].map((condition, index) => ({
    key: `s${String(index)}`,
    generation: index + 1,
    condition: condition === null ? null : conditionOf(condition),
  })),
);

function conditionOf(written: unknown) {
  const parsed = parseCondition(written);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.ok;
}
