import fc from 'fast-check';

/** Conditions drawn at random, over events `A`, `B` and `C`, for what is said of all of them. */

const span = fc.constantFrom('PT6H', 'P1D', 'P7D', 'P1M');
const name = fc.constantFrom('A', 'B');
const where = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((gte) => ({ 'properties.n': { gte } })),
  fc.constant({ 'context.campaign.source': { is: 'mail' } }),
);
/** Dates without an hour begin where the customer lives. */
const date = fc.nat({ max: 30 }).map((days) => `2026-03-${String(days + 1).padStart(2, '0')}`);
const leaf = fc.oneof(
  fc.record(
    { event: name, within: span, where, atLeast: fc.integer({ min: 0, max: 3 }) },
    { requiredKeys: ['event'] },
  ),
  fc.record(
    { event: name, exactly: fc.integer({ min: 0, max: 2 }), within: span },
    { requiredKeys: ['event', 'exactly'] },
  ),
  fc
    .tuple(
      name,
      fc.constantFrom('sum', 'min', 'max', 'avg'),
      fc.integer({ min: 0, max: 9 }),
      span,
      fc.boolean(),
    )
    .map(([event, how, gte, within, isWindowed]) => ({
      event,
      [how]: 'properties.n',
      gte,
      ...(isWindowed ? { within } : {}),
    })),
  fc.tuple(name, fc.constantFrom('first', 'last'), span).map(([event, which, withinLast]) => ({
    event,
    [which]: { withinLast },
  })),
  fc.tuple(span, span, fc.boolean()).map(([within, soon, isWindowed]) => ({
    event: 'A',
    ...(isWindowed ? { within } : {}),
    followedBy: { event: 'B', within: soon },
  })),
  fc.record({ within: span, n: fc.nat({ max: 4 }), isWindowed: fc.boolean() }).map((drawn) => ({
    event: 'A',
    ...(drawn.isWindowed ? { within: drawn.within } : {}),
    followedBy: {
      event: 'B',
      without: { event: 'C', where: { 'properties.n': { gte: drawn.n } } },
    },
  })),
  fc.record({ attribute: fc.constant('day'), withinLast: span }),
  fc.record({ attribute: fc.constant('day'), gte: date }),
  fc.record({ trait: fc.constant('last_seen_at'), before: date }),
  fc.record({ event: name, first: fc.record({ after: date }) }),
  fc.record({ trait: fc.constant('zone'), is: fc.constantFrom('Europe/Kyiv', 'Asia/Tokyo') }),
  fc.record({ trait: fc.constant('age'), gte: fc.constantFrom(18, 30) }),
  fc.record({ trait: fc.constant('last_seen_at'), withinLast: span }),
);
/** Of any depth. */
export const { node: anyCondition } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
}));
