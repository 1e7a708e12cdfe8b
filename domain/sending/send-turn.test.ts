import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { SendingPlan } from '#domain/journey/steps/sending.ts';
import {
  afterPause,
  afterTry,
  planOf,
  SEND_ENDS,
  takeTurn,
  type Heard,
  type Progress,
  type SendTurn,
} from '#domain/sending/send-turn.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time/duration.ts';

const SINGLE = planOf({ channel: 'email' }, 'news');
const CASCADE = planOf(
  { cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }] },
  'news',
);
const SENT: SendOutcome = { kind: 'sent', deliveryReceipts: true };

/** One send in a world that answers as it is told, on a clock of its own. */
function walk(
  plan: SendingPlan,
  answers: (index: number, at: number) => SendOutcome,
  heardAt: (at: number) => Heard[] = () => [],
): { told: string[]; end: Extract<SendTurn, { end: unknown }>; at: number } {
  let at = 0;
  let progress: Progress = {};
  const told: string[] = [];
  for (let turns = 0; turns < 5_000; turns += 1) {
    let turn = takeTurn(plan, progress, heardAt(at), { at, zone: 'UTC' });
    for (let tries = 0; 'ask' in turn && tries < 20; tries += 1) {
      told.push(turn.ask.channel);
      const outcome = answers(turn.ask.index, at);
      turn = afterTry(plan, turn.progress, outcome, { at, zone: 'UTC' });
    }
    if ('end' in turn) return { told, end: turn, at };
    if (!('dueAt' in turn)) throw new Error('a turn has no end');
    expect(turn.dueAt).toBeGreaterThan(at);
    at = turn.dueAt;
    progress = turn.progress;
  }
  throw new Error('a send never ends');
}

describe('a send of one message', () => {
  it('is done when a provider took it', () => {
    expect(walk(SINGLE, () => SENT)).toMatchObject({ told: ['email'], end: { end: 'sent' } });
  });

  it('is suppressed for the reason of the gate', () => {
    const end = { end: 'suppressed', reason: 'noConsent' };
    const refuse = (): SendOutcome => ({ kind: 'suppressed', reason: 'noConsent' });
    expect(walk(SINGLE, refuse).end).toEqual(end);
  });

  it('is tried again later, and has failed after an hour of it', () => {
    const busy = (_: number, at: number): SendOutcome => ({
      kind: 'later',
      retryAt: at + MINUTE_MS,
      reason: 'providerUnavailable',
    });
    const { told, end, at } = walk(SINGLE, busy);
    expect(end).toEqual({ end: 'failed', reason: 'providerUnavailable' });
    expect(told).toHaveLength(60);
    expect(at).toBeLessThanOrEqual(HOUR_MS);
  });

  it('waits for what the gate holds, and has its whole hour after it', () => {
    const held = (_: number, at: number): SendOutcome =>
      at < DAY_MS ? { kind: 'held', until: DAY_MS, reason: 'quietHours' } : SENT;
    expect(walk(SINGLE, held)).toMatchObject({ end: { end: 'sent' }, at: DAY_MS });
  });

  it('has its hour again after a pause, whatever it waited for', () => {
    const outcomes: SendOutcome[] = [
      { kind: 'later', retryAt: MINUTE_MS, reason: 'rateLimited' },
      { kind: 'unsure', askAt: MINUTE_MS },
    ];
    for (const outcome of outcomes) {
      const first = afterTry(SINGLE, askedOf(SINGLE), outcome, { at: 0, zone: 'UTC' });
      if (!('dueAt' in first)) throw new Error('it is tried again');
      const late = { at: DAY_MS, zone: 'UTC' };
      const resumed = afterPause(SINGLE, first.progress, DAY_MS, 'UTC');
      const turn = takeTurn(SINGLE, resumed, [], late);
      expect(turn).toMatchObject({ ask: { channel: 'email', deadline: DAY_MS + HOUR_MS } });
    }
  });

  it('that is tried again only after its hour has failed', () => {
    const outcome: SendOutcome = { kind: 'later', retryAt: MINUTE_MS, reason: 'rateLimited' };
    const first = afterTry(SINGLE, askedOf(SINGLE), outcome, { at: 0, zone: 'UTC' });
    if (!('dueAt' in first)) throw new Error('it is tried again');
    const late = { at: DAY_MS, zone: 'UTC' };
    expect(takeTurn(SINGLE, first.progress, [], late)).toMatchObject({ end: 'failed' });
  });
});

function askedOf(plan: SendingPlan): Progress {
  const turn = takeTurn(plan, {}, [], { at: 0, zone: 'UTC' });
  if (!('ask' in turn)) throw new Error('it is asked for at once');
  return turn.progress;
}

describe('a send by a cascade', () => {
  it('gets the next channel at once where there is none to send in', () => {
    const answers = (index: number): SendOutcome =>
      index === 0 ? { kind: 'suppressed', reason: 'noAddress' } : SENT;
    const heard = (at: number): Heard[] =>
      at >= MINUTE_MS ? [{ index: 1, receipt: 'delivered' }] : [];
    expect(walk(CASCADE, answers, heard)).toMatchObject({
      told: ['push', 'email'],
      end: { end: 'sent' },
    });
  });

  it('gets the next channel when its patience is over, to the instant', () => {
    const calls: number[] = [];
    const answers = (_: number, at: number): SendOutcome => {
      calls.push(at);
      return SENT;
    };
    const { told, end } = walk(CASCADE, answers);
    expect(told).toEqual(['push', 'email']);
    expect(calls).toEqual([0, 15 * MINUTE_MS]);
    expect(end).toEqual({ end: 'failed', reason: 'exhausted' });
  });

  it('hears of a refusal soon, and goes on', () => {
    const heard = (at: number): Heard[] => {
      if (at < 5_000) return [];
      const refused: Heard = { index: 0, receipt: 'refused' };
      return at < MINUTE_MS / 2 ? [refused] : [refused, { index: 1, receipt: 'delivered' }];
    };
    const { told, at } = walk(CASCADE, () => SENT, heard);
    expect(told).toEqual(['push', 'email']);
    expect(at).toBeLessThan(MINUTE_MS);
  });

  it('was held back, and did not fail, where no channel was ever tried', () => {
    const refuse = (): SendOutcome => ({ kind: 'suppressed', reason: 'noConsent' });
    expect(walk(CASCADE, refuse).end).toEqual({ end: 'suppressed', reason: 'noConsent' });
  });
});

describe('any send', () => {
  const outcome = (at: number): fc.Arbitrary<SendOutcome> =>
    fc.oneof(
      fc.constant(SENT),
      fc.constant<SendOutcome>({ kind: 'suppressed', reason: 'cap' }),
      fc.constant<SendOutcome>({ kind: 'failed', reason: 'rejected' }),
      fc.nat(HOUR_MS).map((ms): SendOutcome => {
        return { kind: 'later', retryAt: at + ms, reason: 'rateLimited' };
      }),
      fc.nat(DAY_MS).map((ms): SendOutcome => {
        return { kind: 'held', until: at + ms, reason: 'quietHours' };
      }),
      fc.nat(HOUR_MS).map((ms): SendOutcome => ({ kind: 'unsure', askAt: at + ms })),
    );

  it('comes to one end, whatever the world answers', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.gen(), (isSingle, gen) => {
        const { end } = walk(isSingle ? SINGLE : CASCADE, (_, at) => gen(outcome, at));
        expect(SEND_ENDS).toContain(end.end);
      }),
      { numRuns: 200 },
    );
  });
});
