import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Condition } from '#domain/condition/condition.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';

/** A month after a change of the clocks, so that windows of months cross it. */
const NOW = Date.parse('2026-04-20T12:00:00Z');
const ZONE = 'Europe/Kyiv';

const instant = fc.integer({ min: -24 * 70, max: 24 * 20 }).map((hours) => NOW + hours * HOUR_MS);
const span = fc.constantFrom('PT6H', 'P1D', 'P7D', 'P30D', 'P1M', 'P2M');
const eventName = fc.constantFrom('A', 'B');
const count = fc.integer({ min: 0, max: 3 });

const countLeaf = fc.record(
  {
    event: eventName,
    within: span,
    atLeast: fc.integer({ min: 0, max: 1 }),
    atMost: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['event'] },
);
const exactLeaf = fc.record({ event: eventName, within: span, exactly: count });
const timeOperators = fc.oneof(
  fc.record({ withinLast: span }),
  fc.record({ before: fc.constantFrom('now', '-P7D', 'P3D', '-P1M') }),
  fc.record({ after: fc.constantFrom('now', '-P7D', 'P3D', '-P1M', '2026-04-01') }),
  fc.record({ anniversary: fc.constantFrom(true, false, 'P3D', '-P10D') }),
);
const otherLeaf = fc.oneof(
  fc
    .tuple(eventName, fc.constantFrom('sum', 'min', 'max', 'avg'), fc.integer({ max: 9, min: 0 }))
    .map(([event, how, gte]) => ({ event, [how]: 'properties.n', gte, within: 'P7D' })),
  fc
    .tuple(eventName, fc.constantFrom('first', 'last'), timeOperators, span)
    .map(([event, which, ops, within]) => ({ event, [which]: ops, within })),
  fc
    .tuple(span, span)
    .map(([within, soon]) => ({ event: 'A', within, followedBy: { event: 'B', within: soon } })),
  timeOperators.map((ops) => ({ attribute: 'day', ...ops })),
  timeOperators.map((ops) => ({ trait: 'last_order_at', ...ops })),
);
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    countLeaf,
    exactLeaf,
    otherLeaf,
    fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
}));

const parse = (input: unknown): Condition => {
  const parsed = parseCondition(input);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.ok;
};

interface Happened {
  A: FactEvent[];
  B: FactEvent[];
  day: string;
  last: number;
}
const events = fc.array(
  fc.record({ occurredAt: instant, properties: fc.record({ n: fc.integer({ min: 0, max: 5 }) }) }),
  { maxLength: 5 },
);
const happened: fc.Arbitrary<Happened> = fc.record({
  A: events,
  B: events,
  day: fc.constantFrom('1990-04-22', '2026-04-18', '--04-20', '2026-04-25T10:00:00Z', 'never'),
  last: instant,
});

const factsOf = ({ A, B, day, last }: Happened): Facts => ({
  zone: ZONE,
  currency: 'EUR',
  attributes: { day },
  traits: { last_order_at: last },
  consents: {},
  consentDefault: () => true,
  events: (name) => (name === 'A' ? A : B),
});

/** Instants at which a window of this test may open or close, and the ones beside them. */
function criticalInstants({ A, B, last }: Happened): number[] {
  const spans = ['PT6H', 'P1D', 'P7D', 'P30D', 'P1M', 'P2M', '-P7D', 'P3D', '-P3D', '-P1M'];
  const base = [...A, ...B].map((event) => event.occurredAt).concat(last);
  const days = Array.from({ length: 30 }, (_, day) => Date.parse('2026-04-20') + day * DAY_MS);
  return [...base, ...base.flatMap((at) => spans.map((text) => addDuration(at, text, ZONE)))]
    .concat(days.map((at) => at - 3 * HOUR_MS))
    .flatMap((at) => [at - 1, at, at + 1]);
}

describe('the instant at which an answer may change', () => {
  it('is later than now, and until then the answer stays', () => {
    fc.assert(
      fc.property(node, happened, (input, history) => {
        const condition = parse(input);
        const facts = factsOf(history);
        const { holds, flipsAt } = evaluate(condition, facts, NOW);
        const end = flipsAt ?? NOW + 4000 * DAY_MS;
        expect(end).toBeGreaterThan(NOW);
        const between = criticalInstants(history).filter((at) => at > NOW && at < end);
        // Some thirty of them, spread over all, keep the test quick.
        const step = Math.ceil(between.length / 30);
        const some = between.filter((_, index) => index % step === 0);
        for (const at of [...some, end - 1]) {
          expect([at, evaluate(condition, facts, at).holds]).toEqual([at, holds]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is exact for counted events', () => {
    fc.assert(
      fc.property(fc.oneof(countLeaf, exactLeaf), happened, (input, history) => {
        const condition = parse(input);
        const facts = factsOf(history);
        const { holds, flipsAt } = evaluate(condition, facts, NOW);
        if (flipsAt !== null) expect(evaluate(condition, facts, flipsAt).holds).toBe(!holds);
      }),
      { numRuns: 150 },
    );
  });

  it('agrees with counting by hand', () => {
    fc.assert(
      fc.property(fc.oneof(countLeaf, exactLeaf), happened, instant, (input, history, now) => {
        const facts = factsOf(history);
        const leaf: Partial<EventLeaf> & { event: string } = input;
        const counted = facts
          .events(leaf.event)
          .filter(({ occurredAt }) => occurredAt <= now)
          .filter(
            ({ occurredAt }) =>
              typeof leaf.within !== 'string' || addDuration(occurredAt, leaf.within, ZONE) > now,
          ).length;
        const silent = leaf.atMost === undefined ? 1 : 0;
        const holds =
          leaf.exactly === undefined
            ? counted >= Number(leaf.atLeast ?? silent) &&
              counted <= Number(leaf.atMost ?? Infinity)
            : counted === leaf.exactly;
        expect(evaluate(parse(input), facts, now).holds).toBe(holds);
      }),
      { numRuns: 150 },
    );
  });

  it('is the same for a thing and its opposite, and follows De Morgan', () => {
    fc.assert(
      fc.property(node, node, happened, (one, two, history) => {
        const facts = factsOf(history);
        const look = (input: unknown): unknown => evaluate(parse(input), facts, NOW);
        const plain = evaluate(parse(one), facts, NOW);
        expect(look({ not: { not: one } })).toEqual(plain);
        expect(look({ not: one })).toEqual({ holds: !plain.holds, flipsAt: plain.flipsAt });
        expect(look({ not: { all: [one, two] } })).toEqual(
          look({ any: [{ not: one }, { not: two }] }),
        );
      }),
      { numRuns: 80 },
    );
  });
});
