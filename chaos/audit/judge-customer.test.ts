import { describe, expect, it } from '@jest/globals';
import { type CustomerRecord, type Line, recordsOf } from '#chaos/journal.ts';
import type { Customer } from '#chaos/shop/customer.ts';
import { STORIES } from '#chaos/shop/stories.ts';
import { callsOf } from '#chaos/shop/words.ts';
import { describeWorld, perfectWorld } from './perfect-world.example.ts';
import { judgeCustomer } from './judge-customer.ts';
import type { Observed } from './observed.ts';

const PACE = { patient: 10, brisk: 100, plain: 12 };
const BEGAN = Date.parse('2026-06-01T10:00:00Z');

/** The journal of one customer who lives this story, a second between two calls. */
function recordOf(name: string): CustomerRecord {
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) throw new Error(`there is no story ${name}`);
  const customer: Customer = {
    id: 'c1',
    story: name,
    email: 'c1@chaos.example',
    phone: '+12025550001',
    token: 'token-of-c1',
    anonymousId: 'browser-of-c1',
    rules: story.rules,
  };
  const lines: Line[] = [{ kind: 'customer', customer }];
  let saw: Extract<Line, { kind: 'calls' }>['saw'] = null;
  for (const [place, action] of story.actions(PACE).entries()) {
    const at = BEGAN + place * 1_000;
    if (action.do === 'see') {
      saw = action.sight;
      continue;
    }
    const said =
      action.do === 'request'
        ? { kind: 'request' as const, journey: action.journey, key: action.key }
        : { kind: 'calls' as const, calls: callsOf(customer, action, { place, at }), saw };
    lines.push({ ...said, customer: 'c1', at }, { kind: 'answered', customer: 'c1', at });
  }
  const [record] = recordsOf(lines);
  if (record === undefined) throw new Error('there is no record');
  return record;
}

const kinds = (record: CustomerRecord, world: Observed): string[] =>
  judgeCustomer(record, world).map(({ kind }) => kind);

describe('the auditor', () => {
  it.each(STORIES.map(({ name }) => name))('finds nothing in a world that is right: %s', (name) => {
    const record = recordOf(name);
    expect(judgeCustomer(record, perfectWorld(record))).toEqual([]);
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
  const inbox = (address: string, count: number): Observed['inbox'] =>
    new Map([...world.inbox, [address, count]]);

  it('sees a message that a provider never got', () => {
    expect(tampered({ inbox: inbox('c1@chaos.example', 0) })).toEqual(['lost message']);
  });

  it('sees a message that a provider got twice', () => {
    expect(tampered({ inbox: inbox('c1@chaos.example', 2) })).toEqual(['doubled message']);
  });

  it('sees a second channel that went out beside the one that reached', () => {
    expect(tampered({ inbox: inbox('+12025550001', 1) })).toEqual(['doubled message']);
  });

  it('sees a message missing in the ledger', () => {
    const messages = world.messages.filter(({ channel }) => channel !== 'email');
    expect(tampered({ messages })).toEqual(['lost message', 'doubled message']);
  });

  it('sees an end that nobody knows where it can be known', () => {
    const messages = world.messages.map((message) =>
      message.channel === 'email'
        ? { ...message, status: 'unknown' as const, history: [{ status: 'unknown' as const }] }
        : message,
    );
    expect(tampered({ messages })).toEqual(['wrong message']);
  });

  it('sees a status that moved backwards', () => {
    const history = [{ status: 'delivered' as const }, { status: 'sent' as const }];
    const messages = world.messages.map((message) =>
      message.channel === 'push' ? { ...message, history } : message,
    );
    expect(tampered({ messages })).toEqual(['status backwards']);
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
    const path = run.path.map(({ step }) => ({ step, outcome: 'timeout' }));
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

describe('what nobody can know', () => {
  it('is admissible of a push that never arrived, and the cascade goes on', () => {
    const record = recordOf('cart: the push arrives, the cart is viewed');
    const unknown = perfectWorld(record, { lostPush: true });
    expect(judgeCustomer(record, unknown)).toEqual([]);
    expect(describeWorld(unknown)).toMatch(/push unknown, email delivered/);
  });

  it('does not excuse a push that arrived and an e-mail on top of it', () => {
    const record = recordOf('cart: the push arrives, the cart is viewed');
    const unknown = perfectWorld(record, { lostPush: true });
    const both = { ...unknown, inbox: new Map([...unknown.inbox, ['token-of-c1', 1]]) };
    expect(kinds(record, both)).not.toEqual([]);
  });

  it('is a call that was never answered: its event may be there or not', () => {
    const record = recordOf('search: nobody answers');
    const world = perfectWorld(record);
    const last = record.said.at(-1);
    if (last !== undefined) last.answered = false;
    const ids = new Set(
      last?.what.kind === 'calls' ? last.what.calls.map(({ messageId }) => messageId) : [],
    );
    expect(ids.size).toBe(10);
    const events = world.events.filter(({ id }) => !ids.has(id));
    expect(kinds(record, { ...world, events })).toEqual([]);
    expect(kinds(record, world)).toEqual([]);
  });
});
