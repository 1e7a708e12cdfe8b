import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from '#domain/condition/evaluate.ts';
import type { Facts } from '#domain/condition/facts.ts';
import {
  anyKnown,
  anyPlain,
  instantsAround,
  naiveScan,
  type Known,
} from '#domain/condition/naive-scan.example.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';

/** So that windows of a month cross a change of the clocks. */
const START = Date.parse('2026-03-01T12:00:00Z');

function factsOf({ events, colour, day, zone }: Known): Facts {
  return {
    zone,
    currency: 'EUR',
    attributes: { ...(colour !== null && { colour }), ...(day !== null && { day }) },
    traits: {},
    consents: {},
    consentDefault: () => false,
    events: (name) =>
      events
        .filter((event) => event.name === name)
        .map(({ at, n }) => ({ occurredAt: at, properties: { n } })),
  };
}

describe('what a condition answers of counts, sums, averages, extremes, sequences and instants', () => {
  it('is what a scan of all events finds at every instant, and does not change before it says so', () => {
    fc.assert(
      fc.property(anyPlain, anyKnown(START), (written, known) => {
        const parsed = parseCondition(written);
        if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
        const facts = factsOf(known);
        const wrong: string[] = [];
        let stands = { holds: false, until: -Infinity };
        for (const at of instantsAround(known)) {
          const { holds, flipsAt } = evaluate(parsed.ok, facts, at);
          if (holds !== naiveScan(written, known, at))
            wrong.push(`${String(at)}: ${String(holds)}`);
          // An instant to look again may be too early, never too late.
          if (at >= stands.until) stands = { holds, until: flipsAt ?? Infinity };
          else if (holds !== stands.holds) wrong.push(`${String(at)}: before it was said`);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
