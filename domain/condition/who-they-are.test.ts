import { describe, expect, it } from '@jest/globals';
import { factsOf } from '#domain/apply/work.ts';
import { evaluate } from '#domain/condition/evaluate.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { event, fold, identify } from '#domain/profile/folded.example.ts';

const SETTINGS = { shopCurrency: 'EUR', defaultZone: 'Europe/Kyiv', consentWhenUnknown: {} };
const NOW = Date.parse('2026-12-20T12:00:00Z');

const at = (instant: string): number => Date.parse(instant);
const bought = (instant: string, order: string): StoredEvent =>
  event('Order Completed', at(instant), { order_id: order, revenue: 10 });

/** Whether a condition holds of somebody to whom all this happened, as the fold keeps it. */
function holds(condition: unknown, ...events: StoredEvent[]): boolean {
  const parsed = parseCondition(condition);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  const named = (name: string): StoredEvent[] => events.filter((one) => one.name === name);
  return evaluate(parsed.ok, factsOf(fold(events).profile, named, SETTINGS), NOW).holds;
}

describe('a cohort by first purchase', () => {
  const november = { trait: 'first_order_at', between: ['2026-11-01', '2026-11-30T23:59:59'] };

  it('holds those who bought first in the period, whatever they bought since', () => {
    expect(holds(november, bought('2026-11-15T10:00:00Z', '1'))).toBe(true);
    const again = bought('2026-12-15T10:00:00Z', '2');
    expect(holds(november, bought('2026-11-15T10:00:00Z', '1'), again)).toBe(true);
    expect(holds(november, again)).toBe(false);
    expect(holds(november)).toBe(false);
  });

  it('loses somebody of whom an earlier order comes in late', () => {
    const earlier = bought('2026-03-01T10:00:00Z', '0');
    expect(holds(november, bought('2026-11-15T10:00:00Z', '1'), earlier)).toBe(false);
  });

  it('begins at midnight where the customer lives', () => {
    // Half past midnight in Kyiv, and still October in Los Angeles.
    const order = bought('2026-10-31T22:30:00Z', '1');
    expect(holds(november, order)).toBe(true);
    const west = identify(1, { timezone: 'America/Los_Angeles' });
    expect(holds(november, west, order)).toBe(false);
  });
});

describe('a cohort by sign-up', () => {
  const period = { first: { after: '2026-10-31T23:59:59', before: '2026-12-01' } };
  const signedUp = (instant: string, source: string): StoredEvent =>
    event('Signed Up', at(instant), {}, { context: { campaign: { source } } });

  it('holds those who signed up first in the period', () => {
    const november = { event: 'Signed Up', ...period };
    expect(holds(november, signedUp('2026-11-02T10:00:00Z', 'google'))).toBe(true);
    expect(holds(november, signedUp('2026-12-02T10:00:00Z', 'google'))).toBe(false);
    const twice = [signedUp('2026-09-02T10:00:00Z', 'x'), signedUp('2026-11-02T10:00:00Z', 'x')];
    expect(holds(november, ...twice)).toBe(false);
  });

  it('is of one source where it says so', () => {
    const where = { 'context.campaign.source': { is: 'google' } };
    const byGoogle = { event: 'Signed Up', where, ...period };
    expect(holds(byGoogle, signedUp('2026-11-02T10:00:00Z', 'google'))).toBe(true);
    expect(holds(byGoogle, signedUp('2026-11-02T10:00:00Z', 'newsletter'))).toBe(false);
  });
});

describe('where somebody is', () => {
  it('is their country and city, by the latest word', () => {
    const kyiv = {
      all: [
        { attribute: 'country', is: 'UA' },
        { attribute: 'city', is: 'Kyiv' },
      ],
    };
    const moved = identify(2, { city: 'Kyiv' });
    expect(holds(kyiv, identify(1, { country: 'UA', city: 'Lviv' }), moved)).toBe(true);
    expect(holds(kyiv, identify(3, { country: 'UA', city: 'Lviv' }), moved)).toBe(false);
    expect(holds(kyiv, moved)).toBe(false);
    const anywhere = { attribute: 'city', in: ['Kyiv', 'Odesa'] };
    expect(holds(anywhere, moved)).toBe(true);
  });

  it('is found within an address', () => {
    const lviv = { attribute: 'address.city', is: 'Lviv' };
    expect(holds(lviv, identify(1, { address: { city: 'Lviv', country: 'UA' } }))).toBe(true);
    expect(holds(lviv, identify(1, { address: 'Lviv' }))).toBe(false);
  });

  it('is a zone: told, else of their browser, else the shop’s', () => {
    const warsaw = { trait: 'zone', is: 'Europe/Warsaw' };
    const seen = event('Page Viewed', 2, {}, { context: { timezone: 'Europe/Warsaw' } });
    expect(holds(warsaw, seen)).toBe(true);
    expect(holds(warsaw, seen, identify(1, { timezone: 'Europe/Lisbon' }))).toBe(false);
    expect(holds({ trait: 'zone', is: 'Europe/Kyiv' })).toBe(true);
    expect(holds({ trait: 'zone', startsWith: 'Europe/' }, seen)).toBe(true);
  });
});
