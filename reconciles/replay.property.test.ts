import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MergingWorld, type Said } from '#test/support/merging-world.ts';
import { reconcileWorld } from '#test/support/reconcile-world.ts';

const what = fc.oneof(
  fc.record({ attributes: fc.record({ colour: fc.constantFrom('red', 'blue', null) }) }),
  fc.record({
    name: fc.constantFrom('Order Completed', 'Order Refunded'),
    properties: fc.record({
      order_id: fc.constantFrom('o1', 'o2', 'o3'),
      revenue: fc.integer({ min: 1, max: 90 }),
    }),
  }),
  fc.record({
    name: fc.constantFrom('Product Added', 'Product Viewed', 'Product Added to Wishlist'),
    properties: fc.record({
      product_id: fc.constantFrom('x', 'y'),
      cart_id: fc.constantFrom('c', 'd'),
    }),
  }),
  fc.record({
    consents: fc.record({
      email: fc.record({ granted: fc.boolean(), source: fc.constant('form') }),
    }),
  }),
  fc.record({ deviceToken: fc.constantFrom('t1', 't2') }),
  fc.constant({
    name: 'Segment Member Added',
    source: 'admin' as const,
    properties: { segment: 's3' },
  }),
);

/** A call of one of three devices, of which two become one customer's by and by. */
const call = fc.record({
  does: fc.constant('calls' as const),
  anonymous: fc.constantFrom('a', 'b', 'c'),
  external: fc.option(fc.constantFrom('42', '43'), { nil: undefined, freq: 3 }),
  what,
  minute: fc.nat({ max: 90_000 }),
  applied: fc.nat({ max: 2 }),
});

const deed = fc.oneof(
  { arbitrary: call, weight: 8 },
  {
    arbitrary: fc.record({
      does: fc.constant('merges' as const),
      keep: fc.constantFrom('a', 'b'),
      merge: fc.constantFrom('b', 'c'),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ does: fc.constant('undoes' as const) }), weight: 1 },
  { arbitrary: fc.record({ does: fc.constant('reconciles' as const) }), weight: 1 },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

function carryOut(world: MergingWorld, done: Deed, id: string): void {
  if (done.does === 'merges') world.merge(`anonymous:${done.keep}`, `anonymous:${done.merge}`);
  else if (done.does === 'undoes') {
    world.applyAll();
    world.undoLatest();
  } else if (done.does === 'reconciles') expectTrue(world, true);
  else {
    const { anonymous, external, what: said, minute, applied } = done;
    const names = { anonymous, ...(external === undefined ? {} : { external }) };
    const content: Omit<Said, 'minute'> = said;
    world.accept({ ...names, ...content, minute }, id);
    for (let count = 0; count < applied; count += 1) world.applyNext();
  }
}

function expectTrue(world: MergingWorld, isKept: boolean): void {
  for (const [id, paths] of Object.entries(reconcileWorld(world, isKept))) {
    expect({ id, paths }).toEqual({ id, paths: [] });
  }
}

describe('a history gone through again', () => {
  it('merges whom an event did merge, though it asked for one who was part of another before', () => {
    const world = new MergingWorld();
    world.accept({ anonymous: 'c', deviceToken: 't1', minute: 0 }, 'e0');
    world.accept({ anonymous: 'b', external: '42', minute: 0 }, 'e1');
    world.accept({ anonymous: 'a', minute: 0 }, 'e2');
    world.applyAll();
    world.merge('anonymous:a', 'anonymous:c');
    world.accept({ anonymous: 'c', external: '42', minute: 0 }, 'e3');
    world.applyNext();
    expectTrue(world, true);
    world.applyAll();
    expectTrue(world, false);
  });

  it('says what stands, whatever was merged and undone, from the beginning or a checkpoint', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 1, maxLength: 25 }), (deeds) => {
        const world = new MergingWorld();
        for (const [index, done] of deeds.entries()) carryOut(world, done, `e${String(index)}`);
        world.applyAll();
        expectTrue(world, false);
      }),
      { numRuns: 400 },
    );
  });
});
