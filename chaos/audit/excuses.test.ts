import { describe, expect, it } from '@jest/globals';
import type { Deed } from '#chaos/journal.ts';
import { Disturbances } from './disturbances.ts';
import { judgeExcuses, noExcuses } from './excuses.ts';
import { judgeCustomer } from './judge-customer.ts';
import { recordOf } from './lived-story.example.ts';
import type { Observed, SeenMessage } from './observed.ts';
import { describeWorld, letterOf, perfectWorld } from './perfect-world.example.ts';

const RECEIPT_WAIT_MS = 30_000;
const MINUTE_MS = 60_000;

const ARRIVING = recordOf('cart: the push arrives, the cart is viewed');
const FAILING = recordOf('cart: push always fails, the e-mail arrives');
const SILENT = recordOf('cart: a silent push, an e-mail whose reply is lost, then the order');
const BOUNCING = recordOf('welcome: the e-mail bounces');
const TEXTED = recordOf('search: nobody answers');

function judge(record: typeof ARRIVING, world: Observed, deeds: Deed[]) {
  const disturbances = new Disturbances(deeds, RECEIPT_WAIT_MS);
  const { findings, excused } = judgeCustomer(record, world, disturbances);
  return { findings: findings.map(({ kind }) => kind), excused };
}

/** The same world with this message told otherwise. */
function retold(world: Observed, id: string, change: Partial<SeenMessage>): Observed {
  const messages = world.messages.map((one) => (one.id === id ? { ...one, ...change } : one));
  return { ...world, messages };
}

function messageOf({ messages }: Observed, channel: string): SeenMessage {
  const found = messages.find((one) => one.channel === channel);
  if (found === undefined) throw new Error(`there is no ${channel}`);
  return found;
}

function calledAt({ history }: SeenMessage): number {
  return history[0]?.at ?? NaN;
}

/** One kill every fifteen seconds from the call on: no silence is ever long enough. */
function killing(from: number, forMs: number, to = 'worker'): Deed[] {
  const count = Math.ceil(forMs / 15_000);
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * 15_000;
    return { to, from: at, until: at };
  });
}

describe('a push that stands as unknown', () => {
  const world = perfectWorld(ARRIVING, { lost: 'remind/2/0' });
  const push = messageOf(world, 'push');
  const at = calledAt(push);
  const kill: Deed = { to: 'worker', from: at + 10, until: at + 10 };

  it('is excused where its call was cut off and it never arrived; the cascade goes on', () => {
    expect(describeWorld(world)).toMatch(/push unknown, email delivered/);
    expect(judge(ARRIVING, world, [kill])).toEqual({
      findings: [],
      excused: ['push never arrived'],
    });
  });

  it('is lost where nothing was done to Kairos, or only long before or after', () => {
    expect(judge(ARRIVING, world, []).findings).toEqual(['lost message']);
    const before = { ...kill, from: at - MINUTE_MS, until: at - MINUTE_MS };
    const after = { ...kill, from: at + MINUTE_MS, until: at + MINUTE_MS };
    expect(judge(ARRIVING, world, [before, after]).findings).toEqual(['lost message']);
  });

  it('is lost where only the API was killed, which takes no part in a call', () => {
    expect(judge(ARRIVING, world, [{ ...kill, to: 'api' }]).findings).toEqual(['lost message']);
  });

  it('is lost where no call was ever made', () => {
    const history = push.history.slice(1);
    expect(judge(ARRIVING, retold(world, push.id, { history }), [kill]).findings).toEqual([
      'lost message',
    ]);
  });

  it('is wrong where the phone got it, and so does the e-mail on top of it', () => {
    const letters = [...world.letters, letterOf(push.id, 'token-of-c1')];
    const found = judge(ARRIVING, { ...world, letters }, [kill]).findings;
    expect(found).toContain('wrong message');
    expect(found).toContain('doubled message');
  });

  it('is excused of a phone that got it and stays silent, and not of one that tells', () => {
    const silent = perfectWorld(SILENT);
    const { id, history } = messageOf(silent, 'push');
    const from = history[0]?.at ?? NaN;
    const unknown: Partial<SeenMessage> = {
      status: 'unknown',
      history: [...history.slice(0, -1), { status: 'unknown', at: from + 6_000 }],
    };
    const deed: Deed = { to: 'sandbox', from, until: from + 9_000 };
    const end = { findings: [], excused: ['end unknown'] };
    expect(judge(SILENT, retold(silent, id, unknown), [deed])).toEqual(end);
    const telling = perfectWorld(ARRIVING);
    const told = retold(telling, messageOf(telling, 'push').id, unknown);
    expect(judge(ARRIVING, told, [deed]).findings).toEqual(['wrong message']);
    const twice = [...silent.letters, letterOf(id, 'token-of-c1', 2)];
    const doubled = { ...retold(silent, id, unknown), letters: twice };
    expect(judge(SILENT, doubled, [deed]).findings).toContain('doubled message');
  });
});

describe('an e-mail that stands as unknown and never arrived', () => {
  const world = perfectWorld(FAILING, { lost: 'remind/2/1' });
  const email = messageOf(world, 'email');
  const at = calledAt(email);
  const patienceMs = (email.history.at(-1)?.at ?? NaN) - at;
  const never = killing(at, patienceMs);

  it('is excused where Kairos was never left alone for long enough; the cascade goes on', () => {
    expect(patienceMs).toBe(108_000);
    expect(describeWorld(world)).toMatch(/email unknown, sms suppressed/);
    expect(judge(FAILING, world, never)).toEqual({
      findings: [],
      excused: ['e-mail never arrived'],
    });
  });

  it('is lost well within its patience: a call that was cut off is made again', () => {
    const end = { status: 'unknown' as const, at: at + 15_000 };
    const early = retold(world, email.id, { history: [...email.history.slice(0, 1), end] });
    expect(judge(FAILING, early, never).findings).toEqual(['lost message']);
  });

  it('is lost where Kairos had the time to hear the silence and call again', () => {
    const [kill] = never;
    if (kill === undefined) throw new Error('there is no deed');
    expect(judge(FAILING, world, [kill]).findings).toEqual(['lost message']);
    const plain = recordOf('welcome: all arrives');
    const single = perfectWorld(plain, { lost: 'hello/1/0' });
    const called = calledAt(messageOf(single, 'email'));
    const once: Deed = { to: 'worker', from: called, until: called };
    expect(judge(plain, single, [once]).findings).toEqual(['lost message']);
    const throughout = judge(plain, single, killing(called, 5 * MINUTE_MS));
    expect(throughout).toEqual({ findings: [], excused: ['e-mail never arrived'] });
  });

  it('is lost where nothing cut its call off', () => {
    expect(judge(FAILING, world, []).findings).toEqual(['lost message']);
    expect(judge(FAILING, world, killing(at, patienceMs, 'api')).findings).toEqual([
      'lost message',
    ]);
  });

  it('is lost where no call was ever made', () => {
    const uncalled = retold(world, email.id, { history: email.history.slice(1) });
    expect(judge(FAILING, uncalled, never).findings).toEqual(['lost message']);
  });

  it('is wrong where it arrived: SendGrid told of it', () => {
    const letters = [...world.letters, letterOf(email.id, 'c1@chaos.example')];
    expect(judge(FAILING, { ...world, letters }, never).findings).not.toEqual([]);
  });
});

describe('a message that stands as unknown and that its address does not take', () => {
  const refused = recordOf(
    'cart: no device, the e-mail is refused, the text is slow, then the order',
  );
  const mails = perfectWorld(refused, { lost: 'remind/2/1' });
  const pushes = perfectWorld(FAILING, { lost: 'remind/2/0' });

  it('is excused on the same conditions, and counted as nobody’s loss', () => {
    const end = { findings: [], excused: ['end unknown'] };
    const mailAt = calledAt(messageOf(mails, 'email'));
    expect(judge(refused, mails, killing(mailAt, 108_000))).toEqual(end);
    const pushAt = calledAt(messageOf(pushes, 'push'));
    expect(judge(FAILING, pushes, killing(pushAt, 6_000))).toEqual(end);
  });

  it('is wrong where nothing cut its call off', () => {
    expect(judge(refused, mails, []).findings).toEqual(['wrong message']);
    expect(judge(FAILING, pushes, []).findings).toEqual(['wrong message']);
  });
});

describe('a text that stands as unknown', () => {
  it('is lost whatever was done: Twilio’s list tells', () => {
    const world = perfectWorld(TEXTED, { lost: 'text/2/0' });
    const at = calledAt(messageOf(world, 'sms'));
    expect(judge(TEXTED, world, killing(at, 5 * MINUTE_MS)).findings).toEqual(['lost message']);
  });
});

describe('a message whose patience is a few seconds', () => {
  const world = perfectWorld(SILENT);
  const push = messageOf(world, 'push');
  const at = calledAt(push);
  const letters = world.letters.filter(({ messageId }) => messageId !== push.id);
  const suppressed = (afterMs: number, refused: SeenMessage['history'] = []): Observed => {
    const history = [...refused, { status: 'suppressed' as const, at: at + afterMs }];
    return { ...retold(world, push.id, { status: 'suppressed', history }), letters };
  };
  const freeze: Deed = { to: 'worker', from: at, until: at + 9_000 };

  it('is excused where it passed while nobody could call', () => {
    const end = { findings: [], excused: ['brief patience over'] };
    expect(judge(SILENT, suppressed(9_000), [freeze])).toEqual(end);
    const deferred = [{ status: 'deferred' as const, at }];
    expect(judge(SILENT, suppressed(100, deferred), [freeze])).toEqual(end);
  });

  it('is lost where it was given up before its time, or without a reason', () => {
    expect(judge(SILENT, suppressed(1_000), [freeze]).findings).toEqual(['lost message']);
    expect(judge(SILENT, suppressed(9_000), []).findings).toEqual(['lost message']);
  });

  it('is doubled in words where it is said not to have gone out, and did', () => {
    const sent = { ...suppressed(9_000), letters: world.letters };
    expect(judge(SILENT, sent, [freeze]).findings).toEqual(['wrong message']);
  });

  it('excuses nothing of a message with minutes', () => {
    const arriving = perfectWorld(ARRIVING);
    const { id } = messageOf(arriving, 'push');
    const history = [{ status: 'suppressed' as const, at: at + 5 * MINUTE_MS }];
    const given = { ...retold(arriving, id, { status: 'suppressed', history }), letters: [] };
    const found = judge(ARRIVING, given, killing(at, 5 * MINUTE_MS)).findings;
    expect(found).toEqual(['lost message']);
  });
});

describe('a bounce that is known before the acceptance is', () => {
  const world = perfectWorld(BOUNCING);
  const [run] = world.runs;
  if (run === undefined) throw new Error('there is no run');
  const at = calledAt(messageOf(world, 'email'));
  const told = (outcome: string): Observed => {
    const path = run.path.map((one) => (one.step === 'hello' ? { ...one, outcome } : one));
    return { ...world, runs: [{ ...run, path }] };
  };
  const kill: Deed = { to: 'mongodb', from: at, until: at };

  it('is excused where the call was cut off', () => {
    const end = { findings: [], excused: ['bounce before acceptance'] };
    expect(judge(BOUNCING, told('failed'), [kill])).toEqual(end);
  });

  it('is a wrong path where nothing cut it off, and so is any other outcome', () => {
    expect(judge(BOUNCING, told('failed'), []).findings).toEqual(['wrong path']);
    expect(judge(BOUNCING, told('suppressed'), [kill]).findings).toEqual(['wrong path']);
  });
});

describe('what is excused one by one', () => {
  const findings = (count: number, messages: number, strikes = 1): string[] =>
    judgeExcuses({ ...noExcuses(), 'e-mail never arrived': count }, { messages, strikes }).map(
      ({ kind }) => kind,
    );

  it('is a finding where it is more than a small share of all messages', () => {
    expect(findings(24, 2_400)).toEqual([]);
    expect(findings(25, 2_400)).toEqual(['excused too often']);
  });

  it('may be a few of the few messages of a minute', () => {
    expect(findings(3, 200)).toEqual([]);
    expect(findings(4, 200)).toEqual(['excused too often']);
  });

  it('may be a few more where the provider was struck more often', () => {
    expect(findings(6, 200, 2)).toEqual([]);
    expect(findings(7, 200, 2)).toEqual(['excused too often']);
    expect(findings(3, 200, 0)).toEqual([]);
    expect(findings(4, 200, 0)).toEqual(['excused too often']);
  });
});
