import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MergingWorld, type Said } from '#test/support/merging-world.ts';

const DEVICES = ['a', 'b', 'c'];
const MAILS = ['x@shop.example', 'y@shop.example'];

/** Something one person says under some of their names. */
const call = fc.record(
  {
    external: fc.constant('42'),
    anonymous: fc.constantFrom(...DEVICES),
    email: fc.constantFrom(...MAILS),
    what: fc.oneof(
      fc.record({ attributes: fc.record({ colour: fc.constantFrom('red', 'blue', null) }) }),
      fc.record({
        name: fc.constant('Order Completed'),
        properties: fc.record({
          order_id: fc.constantFrom('o1', 'o2'),
          revenue: fc.constant(20),
        }),
      }),
      fc.record({ deviceToken: fc.constantFrom('t1', 't2') }),
    ),
  },
  { requiredKeys: ['what'] },
);

/** Calls that say of every name that it is the same person's. */
const LINKS: Omit<Said, 'minute'>[] = [
  ...DEVICES.map((anonymous) => ({ external: '42', anonymous })),
  ...MAILS.map((email) => ({ external: '42', email })),
];

describe('one person known by many names', () => {
  it('is one profile in the end, the same in whatever order it was said and merged', () => {
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 10 }),
        fc.func(fc.nat()),
        fc.array(fc.record({ apply: fc.nat({ max: 3 }), merge: fc.nat({ max: 5 }) })),
        (calls, order, meanwhile) => {
          const named = calls.filter(
            ({ external, anonymous, email }) => external ?? anonymous ?? email,
          );
          const all: { id: string; said: Said }[] = [
            ...named.map(({ what, ...names }) => ({ ...names, ...what })),
            ...LINKS,
          ].map((said, minute) => ({ id: `e${String(minute)}`, said: { ...said, minute } }));
          const worlds = [new MergingWorld(), new MergingWorld()] as const;
          for (const { id, said } of all) {
            worlds[0].accept(said, id);
            worlds[0].applyAll();
          }
          const shuffled = all.toSorted((one, other) => order(one.id) - order(other.id));
          for (const [index, { id, said }] of shuffled.entries()) {
            worlds[1].accept(said, id);
            const { apply = 1, merge = 0 } = meanwhile[index] ?? {};
            if (merge === 1) worlds[1].merge('anonymous:a', 'anonymous:b');
            for (let done = 0; done < apply; done += 1) worlds[1].applyNext();
          }
          worlds[1].applyAll();
          const [one, other] = worlds.map(essence);
          expect(one).toEqual(other);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** What of the only customer may not depend on the order, under no particular profile id. */
function essence(world: MergingWorld): unknown {
  const living = [...world.profiles.values()].filter(({ mergedInto }) => mergedInto === null);
  expect(living).toHaveLength(1);
  const [profile] = living;
  const { attributes, attributeTimes, devices, traits, lastEventAt } = profile ?? {};
  const { first_seen_at: first, last_seen_at: last } = traits ?? {};
  const { orders_count: count, total_spent: spent } = traits ?? {};
  const seen = { ...lastEventAt };
  Reflect.deleteProperty(seen, 'Profiles Merged');
  const orders = [...world.orders.values()];
  expect(orders.every(({ profileId }) => profileId === profile?._id)).toBe(true);
  const identities = [...world.identities.values()].filter(({ kind }) => kind !== 'merged');
  expect(identities.every(({ profileId }) => profileId === profile?._id)).toBe(true);
  return {
    ...{ attributes, attributeTimes, seen, first, last, count, spent },
    devices: devices?.map(({ token }) => token),
    orders: orders.map(({ orderId }) => orderId).sort(),
    identities: identities.map(({ _id }) => _id).sort(),
  };
}
