import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Filter } from 'mongodb';
import { factsOf } from '#domain/apply/work.ts';
import { compileCondition } from '#domain/condition/compile-condition.ts';
import type { Condition } from '#domain/condition/condition.ts';
import {
  anyKnown,
  anyPlain,
  instantsAround,
  naiveScan,
  type Known,
} from '#domain/condition/naive-scan.example.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { conditionQuery } from '#domain/segment/condition-query.ts';
import { DAY_MS, HOUR_MS } from '#domain/time/duration.ts';
import type { Mongo } from '#platform/mongo.ts';
import { KeptCustomer, SETTINGS } from '#test/support/kept-customer.ts';
import { openTestDatabase } from '#test/support/tracking-app.ts';

/** Windows of a month cross a change of the clocks. */
const START = Date.parse('2026-03-01T12:00:00Z');
/** Before anything happened, so that all is told as it happens. */
const BEFORE = START - HOUR_MS;
/** All has happened by then, and is told late; what was within the month before counts still. */
const AFTER = START + 40 * DAY_MS;
/** Of the instants around flips of one case: each costs some queries. */
const LOOKED_AT = 24;
const QUERY_SETTING = {
  currency: SETTINGS.shopCurrency,
  consentDefault: () => false,
  isKept: () => true,
};

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('three-ways');
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

function parsed(written: unknown): Condition {
  const read = parseCondition(written);
  if (!('ok' in read)) throw new Error(JSON.stringify(read.faults));
  return read.ok;
}

/** Whom the query finds. */
async function found(condition: Condition): Promise<{ ids: string[]; exact: boolean }> {
  const { filter, exact } = conditionQuery(condition, QUERY_SETTING);
  const rows = await mongo.collections.profiles.find(filter as Filter<Profile>).toArray();
  return { ids: rows.map(({ _id }) => _id).sort(), exact };
}

/** Whom the closure finds, asked with everything that has happened to them. */
function closed(condition: Condition, people: readonly Person[], at: number): string[] {
  const holds = compileCondition(condition);
  const isIn = ({ customer: { profile }, known }: Person): boolean => {
    const events = (name: string) =>
      known.events
        .filter((event) => event.name === name && event.at <= at)
        .map(({ at: occurredAt, n }) => ({ occurredAt, properties: { n } }));
    return holds(factsOf(profile, events, SETTINGS), at).holds;
  };
  return people.filter(isIn).map(({ customer }) => customer.profile._id);
}

interface Person {
  known: Known;
  customer: KeptCustomer;
}

describe('a query of MongoDB, the closure and a scan of all events', () => {
  it('find the same customers at instants around flips, as things happen and told late', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPlain,
        fc.array(anyKnown(START), { minLength: 2, maxLength: 4 }),
        fc.constantFrom(BEFORE, BEFORE, AFTER),
        fc.array(fc.nat({ max: 10_000 }), { minLength: LOOKED_AT, maxLength: LOOKED_AT }),
        async (written, everybody, from, picked) => {
          const asked = parsed(written);
          const segment = { key: 'asked', generation: 1, condition: asked };
          const catalogue = new SegmentCatalogue([segment]);
          const people = everybody.map((known, index): Person => {
            const id = `p${String(index)}`;
            return { known, customer: new KeptCustomer(id, known, { from, catalogue }) };
          });
          // The segment by itself, turned round, and with something else that a query can say.
          const red = { attribute: 'colour', is: 'red' };
          const ways = [
            { query: { segment: 'asked' }, plain: written },
            { query: { not: { segment: 'asked' } }, plain: { not: written } },
            {
              query: { any: [{ not: { segment: 'asked' } }, red] },
              plain: { any: [{ not: written }, { attribute: 'colour' as const, is: 'red' }] },
            },
          ];
          const { profiles } = mongo.collections;
          const around = people
            .flatMap(({ known }) => instantsAround(known))
            .filter((at) => at >= from);
          const instants = new Set([
            from,
            ...picked.flatMap((pick) => around[pick % around.length] ?? []),
          ]);
          await profiles.deleteMany({});
          await profiles.insertMany(people.map(({ customer }) => customer.profile));
          for (const at of [...instants].sort((a, b) => a - b)) {
            for (const { customer } of people) {
              const before = customer.profile;
              customer.until(at);
              if (customer.profile !== before) {
                await profiles.replaceOne({ _id: before._id }, customer.profile);
              }
            }
            for (const { query, plain } of ways) {
              const scanned = people
                .filter(({ known }) => naiveScan(plain, known, at))
                .map(({ customer }) => customer.profile._id);
              const members = await found(parsed(query));
              expect(members).toEqual({ ids: scanned, exact: true });
              expect(closed(parsed(plain), people, at)).toEqual(scanned);
              expect(closed(parsed(query), people, at)).toEqual(scanned);
              // Without the segment the query may have to leave something to the closure.
              const direct = await found(parsed(plain));
              if (direct.exact) expect(direct.ids).toEqual(scanned);
              else expect(direct.ids).toEqual(expect.arrayContaining(scanned));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
