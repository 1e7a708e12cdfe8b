import { describe, expect, it } from '@jest/globals';
import type { CustomerRecord } from '#chaos/journal.ts';
import { STORIES } from '#chaos/shop/stories.ts';
import { Disturbances } from './disturbances.ts';
import { judgeCustomer } from './judge-customer.ts';
import { recordOf } from './lived-story.example.ts';
import type { Observed, SeenMessage } from './observed.ts';
import { describeWorld, letterOf, perfectWorld } from './perfect-world.example.ts';

/** Nobody did anything to Kairos: nothing can be excused. */
const CALM = new Disturbances([], 30_000);

const kinds = (record: CustomerRecord, world: Observed): string[] =>
  judgeCustomer(record, world, CALM).findings.map(({ kind }) => kind);

describe('the auditor', () => {
  it.each(STORIES.map(({ name }) => name))('finds nothing in a world that is right: %s', (name) => {
    const record = recordOf(name);
    const nothing = { findings: [], excused: [] };
    expect(judgeCustomer(record, perfectWorld(record), CALM)).toEqual(nothing);
  });

  it('expects of each story the path that a person would read from the journey', () => {
    const paths = Object.fromEntries(
      STORIES.map(({ name }) => [name, describeWorld(perfectWorld(recordOf(name)))]),
    );
    expect(paths).toMatchSnapshot();
  });
});

describe('of a tampered world the auditor', () => {
  const record = recordOf('cart: a silent push, an e-mail whose reply is lost, then the order');
  const world = perfectWorld(record);
  const [run] = world.runs;
  if (run === undefined) throw new Error('there is no run');
  const tampered = (change: Partial<Observed>): string[] => kinds(record, { ...world, ...change });
  const [email] = world.letters.filter(({ to }) => to === 'c1@chaos.example');
  if (email === undefined) throw new Error('there is no e-mail');
  const changed = (channel: string, change: Partial<SeenMessage>): SeenMessage[] =>
    world.messages.map((one) => (one.channel === channel ? { ...one, ...change } : one));

  it('sees a message that a provider never got', () => {
    const letters = world.letters.filter((letter) => letter !== email);
    expect(tampered({ letters })).toEqual(['lost message']);
  });

  it('sees a message that a provider got twice', () => {
    const letters = [...world.letters, { ...email, id: 'another' }];
    expect(tampered({ letters })).toEqual(['doubled message']);
  });

  it('sees a message that went to somebody else', () => {
    const letters = world.letters.map((letter) =>
      letter === email ? { ...letter, to: 'c2@chaos.example' } : letter,
    );
    expect(tampered({ letters })).toEqual(['wrong message']);
  });

  it('sees one message twice and another never, though the address got as many as it must', () => {
    const visits = recordOf('visit: twice, and once more in between');
    const two = perfectWorld(visits);
    const [first, second] = two.letters;
    if (first === undefined || second === undefined) throw new Error('there are no two letters');
    const letters = [first, { ...second, messageId: first.messageId }];
    expect(kinds(visits, { ...two, letters })).toEqual(['doubled message', 'lost message']);
  });

  it('sees a second channel that went out beside the one that reached', () => {
    const text = letterOf('run-0/remind/2/2', '+12025550001');
    expect(tampered({ letters: [...world.letters, text] })).toEqual(['doubled message']);
    const nameless = { ...text, messageId: null };
    expect(tampered({ letters: [...world.letters, nameless] })).toEqual(['doubled message']);
  });

  it('sees a message missing in the ledger', () => {
    const messages = world.messages.filter(({ channel }) => channel !== 'email');
    expect(tampered({ messages })).toEqual(['lost message', 'doubled message']);
  });

  it('sees an end that nobody knows where it can be known', () => {
    const history = [{ status: 'unknown' as const, at: 0 }];
    const messages = changed('email', { status: 'unknown', history });
    expect(tampered({ messages })).toEqual(['wrong message']);
  });

  it('sees a status that moved backwards', () => {
    const history = [
      { status: 'delivered' as const, at: 0 },
      { status: 'sent' as const, at: 1 },
    ];
    expect(tampered({ messages: changed('push', { history }) })).toEqual(['status backwards']);
  });

  it('lets a withdrawn call say that it was not made, and nothing that went out', () => {
    const history = (before: 'unknown' | 'sent'): SeenMessage['history'] => [
      { status: before, at: 0 },
      { status: 'suppressed', at: 1 },
    ];
    const suppressed = (before: 'unknown' | 'sent'): string[] =>
      tampered({ messages: changed('push', { status: 'suppressed', history: history(before) }) });
    expect(suppressed('unknown')).not.toContain('status backwards');
    expect(suppressed('sent')).toContain('status backwards');
  });

  it('sees a trouble that passed and a message that was given up all the same', () => {
    const record = recordOf('welcome: both providers are in trouble for a while');
    const world = perfectWorld(record);
    const messages = world.messages.map((one) => ({
      ...one,
      status: 'failed' as const,
      history: [
        ...one.history.slice(0, -1),
        { status: 'failed' as const, at: one.history[0]?.at ?? 0 },
      ],
    }));
    const given = kinds(record, { ...world, messages, letters: [] });
    expect(given).toEqual(['lost message', 'lost message']);
  });

  it('sees a lost, a doubled and a stuck run', () => {
    expect(tampered({ runs: [], messages: [] })).toEqual([
      'lost run',
      'doubled message',
      'doubled message',
    ]);
    expect(tampered({ runs: [run, { ...run, id: 'another' }] })).toEqual(['doubled run']);
    const path = run.path.slice(0, 1);
    const stuck = { ...run, status: 'running', outcome: null, path, conversion: null };
    expect(tampered({ runs: [stuck] })).toEqual(['stuck run']);
  });

  it('sees another path and another end', () => {
    const path = run.path.map((one) => ({ ...one, outcome: 'timeout' }));
    expect(tampered({ runs: [{ ...run, path }] })).toEqual(['wrong path']);
    expect(tampered({ runs: [{ ...run, status: 'completed' }] })).toEqual(['wrong path']);
    expect(tampered({ runs: [{ ...run, conversion: null }] })).toEqual(['wrong goal']);
  });

  it('sees a lost event, and one that is not routed yet', () => {
    expect(tampered({ events: world.events.slice(1) })).toEqual(['lost event']);
    const events = world.events.map((event) => ({ ...event, state: 'applied' }));
    expect(new Set(tampered({ events }))).toEqual(new Set(['lost event']));
  });

  it('sees an order counted twice, a cart that is not the customer’s, and a second profile', () => {
    const { profile } = world;
    if (profile === null) throw new Error('there is no profile');
    const traits = { ...profile.traits, orders_count: 2 };
    expect(tampered({ profile: { ...profile, traits } })).toEqual(['wrong traits']);
    const cart = [{ product_id: 'p-1', cart_id: 'cart-1', quantity: 2 }];
    expect(tampered({ profile: { ...profile, cart } })).toEqual(['wrong traits']);
    const identities = profile.identities.slice(1);
    expect(tampered({ profile: { ...profile, identities } })).toEqual(['two profiles']);
    expect(tampered({ profile: null })).toContain('lost event');
  });
});

describe('a call that was never answered', () => {
  const record = recordOf('search: nobody answers');
  const world = perfectWorld(record);
  const last = record.said.at(-1);
  if (last?.what.kind !== 'calls') throw new Error('there is no last call');
  const ids = new Set(last.what.calls.map(({ messageId }) => messageId));
  const events = world.events.filter(({ id }) => !ids.has(id));

  it('may have been taken or not', () => {
    last.answered = false;
    expect(ids.size).toBe(10);
    expect(kinds(record, { ...world, events })).toEqual([]);
    expect(kinds(record, world)).toEqual([]);
  });

  it('is found to be lost once it was answered', () => {
    last.answered = true;
    const lost = kinds(record, { ...world, events });
    expect(lost).toEqual(Array.from({ length: 10 }, () => 'lost event'));
  });

  it('may not be stored and never routed', () => {
    last.answered = false;
    const stored = world.events.map((one) =>
      ids.has(one.id) ? { ...one, state: 'accepted' } : one,
    );
    expect(new Set(kinds(record, { ...world, events: stored }))).toEqual(new Set(['lost event']));
  });
});
