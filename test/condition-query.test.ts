import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Filter } from 'mongodb';
import { factsOf } from '#domain/apply/work.ts';
import { compileCondition } from '#domain/condition/compile-condition.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Json } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { conditionQuery } from '#domain/segment/condition-query.ts';
import type { Mongo } from '#platform/mongo.ts';
import { openTestDatabase } from './support/tracking-app.ts';

const SETTINGS = {
  shopCurrency: 'EUR',
  defaultZone: 'Europe/Kyiv',
  consentWhenUnknown: { email: 'allow', sms: 'deny' },
} as const;

/** What shops send, with everything that a query might read otherwise than a closure. */
const VALUES: (Json | undefined)[] = [
  undefined,
  null,
  'UA',
  'ua',
  'UAE',
  '',
  '$UA',
  '12',
  ' 12.50\u00a0',
  '1e3',
  '0x10',
  'Київ',
  12,
  12.5,
  -1,
  0,
  true,
  false,
  ['UA', 12],
  [],
  { UA: 12 },
  '2026-05-17',
];

const everybody: Profile[] = VALUES.flatMap((value, index) =>
  [0, 1].map((which): Profile => {
    const id = `p${String(index)}-${String(which)}`;
    const profile = newProfile(id, 0, 1_000);
    return {
      ...profile,
      attributes: {
        ...(value === undefined ? {} : { one: value }),
        ...(which === 1 ? { '$odd name': index, 'dotted.name': 'UA' } : {}),
      },
      traits: { ...profile.traits, orders_count: index, total_spent: index * 100 + which },
      ...(which === 1 && {
        preferences: {
          values: value === undefined ? {} : { one: value },
          ...{ times: {}, revision: 1, at: 0 },
        },
      }),
      consents: which === 0 ? {} : { sms: { granted: index % 2 === 0, at: 0, source: 'shop' } },
      segments: index % 3 === which ? [{ key: 'vip', since: 1 }] : [],
    };
  }),
);

const text = fc.constantFrom('UA', 'U', '', '12', '$UA', 'Ки');
const number = fc.constantFrom(12, 12.5, 0, 1.01, 16);
const scalar = fc.oneof(text, number, fc.boolean());
const operators = fc.oneof(
  scalar.map((is) => ({ is })),
  scalar.map((isNot) => ({ isNot })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((notIn) => ({ notIn })),
  fc.boolean().map((exists) => ({ exists })),
  scalar.map((contains) => ({ contains })),
  text.filter((part) => part !== '').map((startsWith) => ({ startsWith })),
  number.map((gt) => ({ gt })),
  number.map((gte) => ({ gte })),
  number.map((lt) => ({ lt })),
  fc.tuple(number, number).map(([lte, gt]) => ({ lte, gt })),
  fc.tuple(number, number).map((between) => ({ between })),
);
const leaf = fc.oneof(
  fc
    .tuple(fc.constantFrom('one', 'one', '$odd name'), operators)
    .map(([attribute, rest]) => ({ attribute, ...rest })),
  fc
    .tuple(fc.constantFrom('orders_count', 'total_spent', 'average_order'), operators)
    .map(([trait, rest]) => ({ trait, ...rest })),
  operators.map((rest) => ({ preference: 'one', ...rest })),
  fc.constantFrom({ consent: 'email' }, { consent: 'sms' }, { segment: 'vip' }),
  // What no query says: the filter may find more, and must not find less.
  fc.constantFrom({ event: 'Bought' }, { attribute: 'dotted.name', is: 'UA' }),
);
const { condition } = fc.letrec<{ condition: object }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}));

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('condition-query');
  await mongo.collections.profiles.insertMany(everybody);
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

describe('conditionQuery', () => {
  it('finds those of whom the condition holds: all of them, and nobody else where it says so', async () => {
    await fc.assert(
      fc.asyncProperty(condition, async (input) => {
        const parsed = parseCondition(input);
        if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
        const holds = compileCondition(parsed.ok);
        const expected = everybody
          .filter(
            (profile) =>
              holds(
                factsOf(profile, () => [], SETTINGS),
                2_000,
              ).holds,
          )
          .map(({ _id }) => _id);
        const { filter, exact } = conditionQuery(parsed.ok, {
          currency: SETTINGS.shopCurrency,
          consentDefault: (channel) => channel === 'email',
          isKept: (key) => key === 'vip',
        });
        const rows = await mongo.collections.profiles.find(filter as Filter<Profile>).toArray();
        const found = rows.map(({ _id }) => _id);
        if (exact) expect(found.sort()).toEqual(expected.sort());
        else expect(found).toEqual(expect.arrayContaining(expected));
      }),
      { numRuns: 200 },
    );
  });
});
