import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { Happening, SendOutcome, Transition } from '#domain/journey/run.ts';
import { walk } from '#domain/journey/simulate-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ENTRY = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;
const ENDS = {
  a: { end: 'a' },
  b: { end: 'b' },
  c: { end: 'c' },
};

const SINGLE = journeyWith('offer', {
  offer: {
    send: { template: 'offer', channel: 'email' },
    next: { sent: 'a', suppressed: 'b', failed: 'c' },
  },
  ...ENDS,
});

function told(from: Transition, ...happenings: Happening[]): Transition {
  return happenings.reduce(
    (now, happening) => advance(SINGLE, now.state, happening, { entry: ENTRY, zone: 'UTC' }),
    from,
  );
}
const answer = (at: number, outcome: SendOutcome): Happening => ({ kind: 'sending', at, outcome });
const wayOf = ({ walked }: Transition) => walked[0]?.outcome;

describe('send in one channel', () => {
  const start = begin(SINGLE, 0);

  it('asks for one message that is stale after an hour', () => {
    expect(start.effect).toEqual({
      do: 'send',
      step: 'offer',
      hop: 1,
      index: 0,
      template: 'offer',
      channel: 'email',
      deadline: HOUR,
      withdraw: [],
    });
  });

  it.each([
    ['sent', { kind: 'sent', deliveryReceipts: true }],
    ['suppressed', { kind: 'suppressed', reason: 'noConsent' }],
    ['failed', { kind: 'failed', reason: 'rejected' }],
  ] as const)('goes on at once when it is %s', (way, outcome) => {
    expect(wayOf(told(start, answer(5, outcome)))).toBe(way);
  });

  it('leads where onError says when it failed, and only then', () => {
    const send = { template: 'offer', channel: 'email' };
    const either = [
      journeyWith('offer', { offer: { send, next: 'a', onError: 'c' }, a: ENDS.a, c: ENDS.c }),
      journeyWith('offer', {
        ...{ offer: { send, next: { sent: 'a', suppressed: 'b' }, onError: 'c' }, ...ENDS },
      }),
    ];
    for (const journey of either) {
      const failed = walk(journey, {
        onSend: () => ({ outcome: { kind: 'failed', reason: 'rejected' } }),
      });
      expect(failed.path).toBe('offer:failed -> c:c');
      expect(walk(journey).path).toBe('offer:sent -> a:a');
    }
  });

  it('waits while the gate holds it, and is stale an hour after that', () => {
    const held = told(start, answer(5, { kind: 'held', until: 9 * HOUR, reason: 'quietHours' }));
    expect(held.effect).toMatchObject({ do: 'await', until: 9 * HOUR });
    expect(told(held, { kind: 'elapsed', at: 2 * HOUR })).toMatchObject(held);
    // However late the worker is: nothing was tried.
    const late = told(held, { kind: 'elapsed', at: 12 * HOUR });
    expect(late.effect).toMatchObject({ do: 'send', deadline: 13 * HOUR, heldSince: 5 });
  });

  it('waits to try again, and fails when it became stale', () => {
    const later = told(start, answer(0, { kind: 'later', retryAt: MINUTE, reason: 'rateLimited' }));
    expect(later.effect).toMatchObject({ do: 'await', until: MINUTE });
    const again = told(later, { kind: 'elapsed', at: MINUTE });
    expect(again.effect).toEqual(start.effect);
    const tooLate = told(again, answer(MINUTE, { kind: 'later', retryAt: HOUR, reason: 'x' }));
    expect(wayOf(tooLate)).toBe('failed');
  });

  it('says so while it waits for a rate of its mailbox provider, and no longer', () => {
    const outcome = { kind: 'later', retryAt: MINUTE, reason: 'throttled' } as const;
    const waits = told(start, answer(0, outcome));
    expect(waits.state.sending).toMatchObject({ phase: 'retrying', heldFor: 'throttled' });
    const again = told(waits, { kind: 'elapsed', at: MINUTE });
    expect(again.effect).toEqual(start.effect);
    expect(again.state.sending?.heldFor).toBeUndefined();
  });

  it('asks the ledger again where the end is unknown, and never calls that a failure', () => {
    const unsure = told(start, answer(0, { kind: 'unsure', askAt: MINUTE }));
    expect(unsure.effect).toMatchObject({
      do: 'await',
      until: MINUTE,
      listens: { receipts: true },
    });
    const asked = told(unsure, { kind: 'elapsed', at: MINUTE });
    expect(asked.effect).toEqual(start.effect);
    expect(wayOf(told(asked, answer(HOUR, { kind: 'unsure', askAt: 2 * HOUR })))).toBe('sent');
  });

  it('believes a receipt where the end is unknown', () => {
    const unsure = told(start, answer(0, { kind: 'unsure', askAt: MINUTE }));
    const receipt = { kind: 'receipt', at: 9, hop: 1, index: 0 } as const;
    expect(wayOf(told(unsure, { ...receipt, receipt: 'accepted' }))).toBe('sent');
    expect(wayOf(told(unsure, { ...receipt, receipt: 'refused' }))).toBe('failed');
    expect(told(unsure, { ...receipt, hop: 2, receipt: 'accepted' })).toEqual(unsure);
    expect(told(unsure, { ...receipt, index: 1, receipt: 'accepted' })).toEqual(unsure);
  });

  it('takes whatever happens the one way where only one is written', () => {
    const journey = journeyWith('offer', {
      offer: { send: { template: 'offer', channel: 'email' }, next: 'a' },
      a: { end: 'a' },
    });
    const onSend = () => ({ outcome: { kind: 'failed', reason: 'rejected' } }) as const;
    expect(walk(journey, { onSend }).path).toBe('offer:failed -> a:a');
  });
});
