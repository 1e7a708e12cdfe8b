import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { peopleOf } from '#test/support/merging-people.ts';
import { MergingWorld, type Said } from '#test/support/merging-world.ts';

const consent = fc.record({ granted: fc.boolean(), source: fc.constant('form') });

/** What a call says beside whose it is. */
const said = fc.oneof(
  fc.record({
    attributes: fc.record(
      {
        colour: fc.constantFrom('red', 'blue', null),
        city: fc.constantFrom('Lviv', 'Kyiv'),
        language: fc.constantFrom('uk', 'en'),
      },
      { requiredKeys: [] },
    ),
    context: fc.constantFrom(undefined, { import: 'i1' }),
  }),
  fc.record({ consents: fc.record({ email: consent, sms: consent }, { requiredKeys: [] }) }),
  fc.record({
    name: fc.constantFrom('Order Completed', 'Order Refunded'),
    properties: fc.record({
      order_id: fc.constantFrom('o1', 'o2', 'o3'),
      revenue: fc.integer({ min: 1, max: 90 }),
    }),
  }),
  fc.record({
    name: fc.constantFrom(
      'Product Added',
      'Product Viewed',
      'Product Added to Wishlist',
      'Product Removed from Wishlist',
      'Back In Stock Requested',
    ),
    properties: fc.record({
      product_id: fc.constantFrom('x', 'y'),
      cart_id: fc.constantFrom('c', 'd'),
    }),
  }),
  fc.record({ deviceToken: fc.constantFrom('t1', 't2', 't3') }),
);

/** One of two people says something, maybe with an identity that was not seen before. */
const call = fc.record({
  side: fc.constantFrom('one', 'two'),
  what: said,
  fresh: fc.option(fc.constantFrom('a', 'b')),
  withFreshAlone: fc.boolean(),
  minute: fc.nat({ max: 5_000 }),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Says it in the world; each person speaks by a first name, or by a later one once it is theirs. */
function tell(world: MergingWorld, customers: ReadonlySet<string>, calls: readonly Call[]): void {
  for (const { side, what, fresh, withFreshAlone, minute } of calls) {
    const id = `e${String(count)}`;
    count += 1;
    const first = customers.has(side) ? { external: side } : { anonymous: `${side}-first` };
    const device = fresh === null ? undefined : `${side}-${fresh}`;
    const isKnown = device !== undefined && world.identities.has(`email:${device}`);
    const names = isKnown && withFreshAlone ? {} : first;
    const mail = device === undefined ? {} : { email: device };
    world.accept({ ...names, ...mail, ...definedOf(what), minute }, id);
    world.applyNext();
  }
}

let count = 0;

function definedOf(what: object): Omit<Said, 'minute'> {
  return Object.fromEntries(Object.entries(what).filter(([, value]) => value !== undefined));
}

const BEGUN: Call[] = (['one', 'two'] as const).map((side) => ({
  side,
  what: { attributes: { city: 'Lviv' as const }, context: undefined },
  fresh: null,
  withFreshAlone: false,
  minute: 0,
}));

describe('a merge that is undone', () => {
  it('leaves both customers as they would be had it never been, whatever came since', () => {
    fc.assert(
      fc.property(
        fc.record({
          before: fc.array(call, { maxLength: 8 }),
          since: fc.array(call, { maxLength: 10 }),
          after: fc.array(call, { maxLength: 4 }),
        }),
        fc.subarray(['one', 'two']),
        fc.constantFrom(['one', 'two'], ['two', 'one']),
        ({ before, since, after }, customers, [keep = '', merge = '']) => {
          const known = new Set(customers);
          const name = (side: string): string =>
            known.has(side) ? `external:${side}` : `anonymous:${side}-first`;
          const worlds = [new MergingWorld(), new MergingWorld()] as const;
          for (const [index, world] of worlds.entries()) {
            count = 0;
            tell(world, known, [...BEGUN, ...before]);
            if (index === 0) world.merge(name(keep), name(merge));
            world.applyAll();
            tell(world, known, since);
            if (index === 0) {
              expect(Object.keys(peopleOf(world))).toHaveLength(1);
              world.undoLatest();
            }
            tell(world, known, after);
          }
          const [undone, never] = worlds;
          expect(peopleOf(undone)).toEqual(peopleOf(never));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is undone by steps, the latest first', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 8 }), fc.array(call, { maxLength: 8 }), (a, b) => {
        const third = { anonymous: 'third', attributes: { colour: 'red' }, minute: 7 };
        const worlds = [new MergingWorld(), new MergingWorld()] as const;
        for (const [index, world] of worlds.entries()) {
          count = 0;
          tell(world, new Set(['one']), [...BEGUN, ...a]);
          world.accept(third, 'third');
          world.applyAll();
          if (index === 0) world.merge('anonymous:two-first', 'anonymous:third');
          world.applyAll();
          if (index === 0) world.merge('external:one', 'anonymous:third');
          world.applyAll();
          tell(world, new Set(['one']), b);
          world.accept({ ...third, minute: 9 }, 'third again');
          world.applyAll();
          if (index === 0) {
            world.undoLatest();
            world.undoLatest();
          }
        }
        expect(peopleOf(worlds[0])).toEqual(peopleOf(worlds[1]));
      }),
      { numRuns: 100 },
    );
  });

  it('takes nothing of what was merged since: every browser stays with whom it logged in', () => {
    fc.assert(
      fc.property(
        fc.record({ before: steps(8), since: steps(14), after: steps(4) }),
        fc.subarray(['one', 'two']),
        fc.constantFrom(['one', 'two'], ['two', 'one']),
        ({ before, since, after }, customers, [keep = '', merge = '']) => {
          const known = new Set(customers);
          const name = (side: string): string =>
            known.has(side) ? `external:${side}` : `anonymous:${side}-first`;
          const worlds = [new MergingWorld(), new MergingWorld()] as const;
          for (const [index, world] of worlds.entries()) {
            count = 0;
            tell(world, known, BEGUN);
            walk(world, known, before);
            if (index === 0) world.merge(name(keep), name(merge));
            world.applyAll();
            walk(world, known, since);
            if (index === 0) world.undoOf('merge-');
            walk(world, known, after);
          }
          const [undone, never] = worlds;
          expect(peopleOf(undone)).toEqual(peopleOf(never));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves the later merges to be undone in their turn', () => {
    fc.assert(
      fc.property(steps(12), steps(6), fc.subarray(['one', 'two']), (since, after, customers) => {
        const known = new Set(customers);
        const worlds = [new MergingWorld(), new MergingWorld()] as const;
        for (const [index, world] of worlds.entries()) {
          count = 0;
          tell(world, known, BEGUN);
          const names = ['one', 'two'].map((side) =>
            known.has(side) ? `external:${side}` : `anonymous:${side}-first`,
          );
          if (index === 0) world.merge(names[0] ?? '', names[1] ?? '');
          world.applyAll();
          walk(world, known, since);
          if (index === 0) world.undoOf('merge-');
          walk(world, known, after);
          for (const visitor of VISITORS) world.undoOf(`login-${visitor}`);
        }
        expect(peopleOf(worlds[0])).toEqual(peopleOf(worlds[1]));
      }),
      { numRuns: 150 },
    );
  });
});

/** Browsers of either person before they say whose they are. */
const VISITORS = ['one-x', 'one-y', 'two-x', 'two-y'] as const;

/** Something is said by a person, or by a browser that nobody knows; or a browser logs in. */
type Step = { does: 'call'; call: Call } | { does: 'visit' | 'login'; visitor: string; call: Call };

function steps(maxLength: number): fc.Arbitrary<Step[]> {
  const visitor = fc.constantFrom(...VISITORS);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: fc.record({ does: fc.constant('call' as const), call }), weight: 2 },
    { arbitrary: fc.record({ does: fc.constant('visit' as const), visitor, call }), weight: 2 },
    { arbitrary: fc.record({ does: fc.constant('login' as const), visitor, call }), weight: 1 },
  );
  return fc.array(step, { maxLength });
}

function walk(world: MergingWorld, customers: ReadonlySet<string>, walked: readonly Step[]): void {
  for (const step of walked) {
    if (step.does === 'call') tell(world, customers, [step.call]);
    else {
      const { does, visitor, call: said } = step;
      const side = visitor.slice(0, visitor.indexOf('-'));
      const person = customers.has(side) ? { external: side } : { anonymous: `${side}-first` };
      const names = does === 'visit' ? { anonymous: visitor } : person;
      const what = { ...definedOf(said.what), minute: said.minute };
      count += 1;
      // An address only that browser is known by, so that naming it is a log-in.
      const mail = { email: `${visitor}@shop.example` };
      world.accept({ ...names, ...mail, ...what }, `${does}-${visitor}-${String(count)}`);
      world.applyNext();
    }
  }
}
