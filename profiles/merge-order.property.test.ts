import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS } from '#domain/time/duration.ts';
import { workAtOnce, type Call } from '#test/support/merging-processes.ts';
import { START } from '#test/support/merging-said.ts';
import { MergingWorld, type Said } from '#test/support/merging-world.ts';
import { consentFaults, membersByScan, wordsOn } from '#test/support/scan-merged.ts';

/** All that is said lies in the 60 days before. */
const NOW = START + 60 * DAY_MS;
/** Minutes between what is said: less than two days, so that windows of 30 days hold some of it. */
const STEP = 2_000;
/** Days after all is said at which memberships are compared: windows of 30 and of 90 days end between. */
const LATER = [0, 7, 20, 31, 95];

const granted = fc.record({ granted: fc.boolean(), source: fc.constant('form') });
const what = fc.oneof(
  fc.record({ attributes: fc.record({ colour: fc.constantFrom('red', 'blue', null) }) }),
  fc
    .constantFrom({ order_id: 'o1', revenue: 20 }, { order_id: 'o2', revenue: 60 })
    .map((properties) => ({ name: 'Order Completed', properties })),
  fc.constant({ name: 'Product Viewed', properties: { product_id: 'x' } }),
  fc.record({ deviceToken: fc.constantFrom('t1', 't2') }),
  fc.record({ consents: fc.record({ email: granted, sms: granted }, { requiredKeys: [] }) }),
);

/** How many processes accept, how their requests are cut, and which of them die once on the way. */
const working = fc.record({
  processes: fc.integer({ min: 1, max: 3 }),
  atOnce: fc.integer({ min: 1, max: 3 }),
  dies: fc.func(fc.integer({ min: 0, max: 9 })),
});
type Working = typeof working extends fc.Arbitrary<infer T> ? T : never;

/** Calls in turn to each process, some to a request. */
function shared(calls: readonly Call[], { processes, atOnce, dies }: Working): Call[][][] {
  const shares = Array.from({ length: processes }, (): Call[][] => []);
  for (const [index, call] of calls.entries()) {
    const share = shares[index % processes] ?? [];
    const last = share.at(-1);
    const said = { ...call, diesOnce: dies(call.id) === 0 };
    if (last !== undefined && last.length < atOnce) last.push(said);
    else share.push([said]);
  }
  return shares;
}

function dated(said: readonly Omit<Said, 'minute'>[], prefix = 'e'): Call[] {
  return said.map((one, index) => {
    const id = `${prefix}${String(index)}`;
    return { id, said: { ...one, minute: (index + 1) * STEP } };
  });
}

function worldAt(at: number): MergingWorld {
  const world = new MergingWorld();
  world.until(at);
  return world;
}

const PEOPLE = ['1', '2', '3'];
const DEVICES = ['a', 'b', 'c'];
const MAILS = ['x', 'y'];
/** Their identities, by a sign for who it is. */
const NAMES = [
  'external:?',
  'external:?-old',
  'anonymous:?a',
  'anonymous:?b',
  'email:?x@shop.example',
];
/** The customer's number before they got their present one. */
const oldId = (person: string): string => `${person}-old`;

/** Something a person says under some of their names; `previous` is an alias. */
const ownCall = fc
  .record(
    {
      person: fc.constantFrom(...PEOPLE),
      external: fc.constantFrom('now', 'old'),
      anonymous: fc.constantFrom(...DEVICES),
      email: fc.constantFrom(...MAILS),
      previous: fc.constantFrom('old', ...DEVICES),
      what,
    },
    { requiredKeys: ['person', 'what'] },
  )
  .map(({ person, external, anonymous, email, previous, what: said }): Omit<Said, 'minute'> => {
    const id = external === 'old' ? oldId(person) : person;
    const isAlias = previous !== undefined;
    return {
      ...(external !== undefined || isAlias ? { external: isAlias ? person : id } : {}),
      ...(isAlias ? { previous: previous === 'old' ? oldId(person) : person + previous } : {}),
      ...(anonymous === undefined ? {} : { anonymous: person + anonymous }),
      ...(email === undefined ? {} : { email: `${person}${email}@shop.example` }),
      ...said,
    };
  })
  .filter(({ external, anonymous, email }) => (external ?? anonymous ?? email) !== undefined);

/** Two names of one person, of whom somebody asks that they be one. */
const mergeByHand = fc
  .tuple(fc.constantFrom(...PEOPLE), fc.shuffledSubarray(NAMES, { minLength: 2, maxLength: 2 }))
  .map(([person, [keep = '', merge = '']]): [string, string] => [
    keep.replace('?', person),
    merge.replace('?', person),
  ]);

/** Says of every name of a person that it is the same person's. */
const LINKS: Omit<Said, 'minute'>[] = PEOPLE.flatMap((person) => [
  ...DEVICES.map((device) => ({ external: person, anonymous: person + device })),
  ...MAILS.map((mail) => ({ external: person, email: `${person}${mail}@shop.example` })),
  // An alias of a customer nobody has heard of is one of a visitor.
  { external: person, anonymous: oldId(person) },
  { external: oldId(person) },
]);
/** Only of a customer who is known can a server say that they are another one. */
const RENAMED: Omit<Said, 'minute'>[] = PEOPLE.map((person) => ({
  external: person,
  previous: oldId(person),
}));

describe('customers known by many names', () => {
  it('are one profile each in the end, the same in whatever order and by however many at once it was said and merged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(ownCall, { minLength: 1, maxLength: 12 }),
        fc.tuple(fc.func(fc.nat()), fc.array(mergeByHand, { maxLength: 4 })),
        working,
        async (scheduler, said, [order, byHand], how) => {
          const calls = dated([...said, ...LINKS]);
          const renamed = dated(RENAMED, 'renamed');
          const inOrder = worldAt(NOW);
          for (const { id, said: one } of [...calls, ...renamed]) {
            inOrder.accept(one, id);
            inOrder.applyAll();
          }
          const atOnce = worldAt(NOW);
          const shuffled = calls.toSorted((one, other) => order(one.id) - order(other.id));
          await workAtOnce(atOnce, scheduler, { processes: shared(shuffled, how), byHand });
          await workAtOnce(atOnce, scheduler, { processes: shared(renamed, how) });
          for (const days of LATER) {
            inOrder.until(NOW + (days + 1) * DAY_MS);
            atOnce.until(NOW + (days + 1) * DAY_MS);
            const all = [...calls, ...renamed];
            expect(PEOPLE.map((person) => essence(atOnce, person, all))).toEqual(
              PEOPLE.map((person) => essence(inOrder, person, all)),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('stay apart where they share devices and addresses, and nothing of theirs is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(sharingCall, { minLength: 1, maxLength: 25 }),
        working,
        async (scheduler, said, how) => {
          const world = worldAt(NOW);
          const calls = dated(said);
          await workAtOnce(world, scheduler, { processes: shared(calls, how) });
          expectNothingLost(world, calls);
          expectApart(world, calls);
          for (const days of LATER) {
            world.until(NOW + (days + 1) * DAY_MS);
            for (const profile of living(world)) {
              const members = (profile.segments ?? []).map(({ key }) => key);
              expect(members).toEqual(membersByScan(world, profile._id, world.now));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** Something said by one of three customers, or by who knows whom, at devices and addresses they share. */
const sharingCall = fc
  .record(
    {
      external: fc.constantFrom(...PEOPLE),
      anonymous: fc.constantFrom('tablet', 'kiosk'),
      email: fc.constantFrom('home@shop.example', 'office@shop.example'),
      phone: fc.constantFrom('+380501234567', '+380507654321'),
      previous: fc.constantFrom('tablet', 'kiosk'),
      what,
    },
    { requiredKeys: ['what'] },
  )
  .map(({ what: said, previous, ...names }): Omit<Said, 'minute'> => ({
    ...names,
    ...(previous === undefined || names.external === undefined ? {} : { previous }),
    ...said,
  }))
  .filter((said) => (said.external ?? said.anonymous ?? said.email ?? said.phone) !== undefined);

function living(world: MergingWorld) {
  return [...world.profiles.values()].filter(({ mergedInto }) => mergedInto === null);
}

/** Whom an identity leads to, by the merges there were. */
function whose(world: MergingWorld, identity: string): string {
  return world.live(world.ownerOf(identity));
}

function expectNothingLost(world: MergingWorld, calls: readonly Call[]): void {
  const alive = new Map(living(world).map((profile) => [profile._id, profile]));
  expect(world.events.map(({ _id }) => _id).sort()).toEqual(calls.map(({ id }) => id).sort());
  const orders = new Set<string>();
  for (const event of world.events) {
    expect(alive.has(event.profileId)).toBe(true);
    const { order_id: order } = event.properties;
    if (typeof order === 'string') orders.add(`${event.profileId}|${order}`);
  }
  expect([...world.orders.keys()].sort()).toEqual([...orders].sort());
  for (const [id, { traits, consents }] of alive) {
    const own = [...world.orders.values()].filter(({ profileId }) => profileId === id);
    expect(traits.orders_count).toBe(own.length);
    const theirs = world.events.filter(({ profileId }) => profileId === id);
    expect(consentFaults(consents, theirs)).toEqual([]);
  }
  for (const { _id, kind } of world.identities.values()) {
    if (kind !== 'merged') expect([_id, alive.has(whose(world, _id))]).toEqual([_id, true]);
  }
}

function expectApart(world: MergingWorld, calls: readonly Call[]): void {
  const known = new Set(calls.flatMap(({ said: { external } }) => external ?? []));
  const owners = new Set([...known].map((id) => whose(world, `external:${id}`)));
  expect(owners.size).toBe(known.size);
  const events = new Map(world.events.map((event) => [event._id, event]));
  for (const { id, said } of calls) {
    if (said.external === undefined) continue;
    const customer = whose(world, `external:${said.external}`);
    expect(events.get(id)?.profileId).toBe(customer);
    for (const kind of ['email', 'phone'] as const) {
      const address = said[kind] === undefined ? null : `${kind}:${said[kind]}`;
      if (address === null || whose(world, address) === customer) continue;
      // Two customers claim it: it stays with the first, and a person is told.
      const told = world.conflicts.filter(
        ({ identity, claimantId }) => identity === address && world.live(claimantId) === customer,
      );
      expect([address, told.length]).toEqual([address, 1]);
    }
  }
}

/** What of one customer may not depend on the order, under no particular profile id. */
function essence(world: MergingWorld, person: string, calls: readonly Call[]): unknown {
  const id = whose(world, `external:${person}`);
  const profile = world.profiles.get(id);
  const { attributes, attributeTimes, devices, traits, lastEventAt, segments } = profile ?? {};
  const { first_seen_at: first, last_seen_at: last } = traits ?? {};
  const { orders_count: count, total_spent: spent } = traits ?? {};
  const seen = { ...lastEventAt };
  Reflect.deleteProperty(seen, 'Profiles Merged');
  const isOwn = ({ profileId }: { profileId: string }): boolean => world.live(profileId) === id;
  const said = world.events.filter((event) => isOwn(event) && event.source === 'server');
  const words = wordsOn(calls.filter((call) => said.some(({ _id }) => _id === call.id)));
  expect(consentFaults(profile?.consents ?? {}, said)).toEqual([]);
  const members = (segments ?? []).map(({ key }) => key);
  expect(members).toEqual(membersByScan(world, id, world.now));
  const identities = [...world.identities.values()].filter(
    (one) => one.kind !== 'merged' && isOwn(one),
  );
  return {
    ...{ attributes, attributeTimes, seen, first, last, count, spent },
    devices: devices?.map(({ token }) => token),
    // Of words that differ the later stands, but a refusal where two profiles become one: so far it
    // is the order that decides, and what it may decide is looked at above.
    consents: [...words]
      .filter(([, agreed]) => new Set(agreed).size === 1)
      .map(([channel]) => [channel, profile?.consents[channel]]),
    segments: members,
    orders: [...world.orders.values()]
      .filter(isOwn)
      .map(({ orderId }) => orderId)
      .sort(),
    identities: identities.map(({ _id }) => _id).sort(),
    events: said.map(({ _id }) => _id).sort(),
  };
}
