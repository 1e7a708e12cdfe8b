import { describe, expect, it } from '@jest/globals';
import { advance, begin } from '#domain/journey/advance.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { Happening, Receipt, RunState, SendOutcome } from '#domain/journey/run.ts';
import { walk } from '#domain/journey/simulate-run.ts';
import type { SendReply } from '#domain/journey/simulate-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function cascade(until?: string) {
  const channels = [
    { channel: 'push', patience: 'PT15M' },
    { channel: 'email', patience: 'PT2H' },
    { channel: 'sms' },
  ];
  const send = {
    template: 'reminder',
    cascade: channels,
    ...(until === undefined ? {} : { until }),
  };
  return journeyWith('remind', {
    remind: { send, next: { reached: 'good', exhausted: 'bad' } },
    good: { end: 'good' },
    bad: { end: 'bad' },
  });
}

const SENT: SendOutcome = { kind: 'sent', deliveryReceipts: true };
const SILENT: SendReply = { outcome: SENT };
const REFUSED: SendReply = { outcome: { kind: 'failed', reason: 'unreachable' } };
const UNWANTED: SendReply = { outcome: { kind: 'suppressed', reason: 'noConsent' } };
const UNSURE: SendReply = { outcome: { kind: 'unsure', askAt: 99 * HOUR } };
const withReceipt = (receipt: Receipt, afterMs: number): SendReply => ({
  outcome: SENT,
  receipts: [{ receipt, afterMs }],
});

/** Walks the cascade with one reply by channel; silent where none is given. */
function tried(replies: SendReply[], until?: string) {
  const onSend = ({ index }: { index: number }) => replies[index] ?? SILENT;
  const { sends, outcome, endedAt } = walk(cascade(until), { onSend });
  const calls = sends.map(({ effect, at }) => ({
    channel: effect.channel,
    at,
    withdraw: effect.withdraw,
  }));
  return { calls, outcome, endedAt };
}

describe('a cascade', () => {
  it('that a pause held back has its whole patience when the journey goes on', () => {
    const journey = cascade();
    const held = begin(journey, 0);
    const entry = { kind: 'api', id: 'e', at: 0, event: null, properties: {} } as const;
    const tell = (from: RunState, happening: Happening) =>
      advance(journey, from, happening, { entry, zone: 'UTC' });
    const resumed = tell(held.state, { kind: 'resumed', at: 24 * HOUR });
    expect(resumed.effect).toMatchObject({
      do: 'send',
      index: 0,
      deadline: 24 * HOUR + 15 * MINUTE,
    });
    const outcome = SENT;
    const waiting = tell(resumed.state, { kind: 'sending', at: 24 * HOUR, outcome });
    // Once it went out, no pause gives its channel more time.
    expect(tell(waiting.state, { kind: 'resumed', at: 25 * HOUR }).state).toEqual(waiting.state);
  });

  it('that the gate holds has its whole patience from when it is let out', () => {
    const asked: number[] = [];
    const { sends, outcome } = walk(cascade(), {
      onSend: ({ deadline }, at) => {
        asked.push(deadline - at);
        if (at < 12 * HOUR) return { outcome: { kind: 'held', until: 12 * HOUR, reason: 'r' } };
        return at === 12 * HOUR ? SILENT : withReceipt('delivered', 1000);
      },
    });
    const calls = sends.map(({ effect, at }) => [effect.channel, at, effect.heldSince]);
    expect(calls).toEqual([
      ['push', 0, undefined],
      ['push', 12 * HOUR, 0],
      ['email', 12 * HOUR + 15 * MINUTE, undefined],
    ]);
    expect(asked).toEqual([15 * MINUTE, 15 * MINUTE, 2 * HOUR]);
    expect(outcome).toBe('good');
  });

  it('that the gate holds says how long it has been held, and is not held for ever', () => {
    const { sends, outcome } = walk(cascade(), {
      onSend: ({ index }, at) => {
        if (index > 0) return withReceipt('delivered', 1000);
        return { outcome: { kind: 'held', until: at + 24 * HOUR, reason: 'r' } };
      },
    });
    const held = sends.filter(({ effect }) => effect.index === 0);
    expect(held.slice(1).every(({ effect }) => effect.heldSince === 0)).toBe(true);
    expect(held.length).toBeLessThan(10);
    expect(sends.at(-1)?.effect).toMatchObject({ channel: 'email', withdraw: [0] });
    expect(outcome).toBe('good');
  });

  it('that is held ends as any other with the receipt of an earlier channel', () => {
    const { sends, outcome, endedAt } = walk(cascade(), {
      onSend: ({ index }) =>
        index === 0
          ? withReceipt('delivered', 20 * MINUTE)
          : { outcome: { kind: 'held', until: 12 * HOUR, reason: 'r' } },
    });
    expect(sends).toHaveLength(2);
    expect([outcome, endedAt]).toEqual(['good', 20 * MINUTE]);
  });

  it('is done when the first channel delivers', () => {
    const { calls, outcome, endedAt } = tried([withReceipt('delivered', 1000)]);
    expect(calls).toEqual([{ channel: 'push', at: 0, withdraw: [] }]);
    expect([outcome, endedAt]).toEqual(['good', 1000]);
  });

  it('goes on when the patience of a channel is over, the last one having an hour', () => {
    const { calls, outcome, endedAt } = tried([]);
    expect(calls).toEqual([
      { channel: 'push', at: 0, withdraw: [] },
      { channel: 'email', at: 15 * MINUTE, withdraw: [] },
      { channel: 'sms', at: 135 * MINUTE, withdraw: [] },
    ]);
    expect([outcome, endedAt]).toEqual(['bad', 195 * MINUTE]);
  });

  it('goes on at once when a channel refuses, bounces or is not wanted', () => {
    const { calls, endedAt } = tried([REFUSED, UNWANTED, withReceipt('refused', 500)]);
    expect(calls.map(({ at }) => at)).toEqual([0, 0, 0]);
    expect(endedAt).toBe(500);
  });

  it('is reached when an earlier channel delivers late', () => {
    const { calls, outcome, endedAt } = tried([withReceipt('delivered', 20 * MINUTE)]);
    expect(calls).toHaveLength(2);
    expect([outcome, endedAt]).toEqual(['good', 20 * MINUTE]);
  });

  it('takes no notice of a late bounce of a channel it has left', () => {
    const { calls, outcome } = tried([withReceipt('refused', 20 * MINUTE)]);
    expect(calls.map(({ at }) => at)).toEqual([0, 15 * MINUTE, 135 * MINUTE]);
    expect(outcome).toBe('bad');
  });

  it('is content with acceptance where no delivery can be told', () => {
    const accepted: SendReply = { outcome: { kind: 'sent', deliveryReceipts: false } };
    expect(tried([accepted]).endedAt).toBe(0);
    expect(tried([accepted], 'opened').calls).toHaveLength(3);
  });

  it('takes a click for an opening and an opening for a delivery, but not the reverse', () => {
    expect(tried([withReceipt('clicked', 5)], 'opened').endedAt).toBe(5);
    expect(tried([withReceipt('opened', 5)], 'delivered').endedAt).toBe(5);
    expect(tried([withReceipt('delivered', 5)], 'opened').calls).toHaveLength(3);
    expect(tried([withReceipt('opened', 5)], 'clicked').calls).toHaveLength(3);
  });
});

describe('a cascade whose calls end unclear', () => {
  it('withdraws what may still go out, with the next call only', () => {
    const { calls } = tried([UNSURE, SILENT, SILENT]);
    expect(calls.map(({ withdraw }) => withdraw)).toEqual([[], [0], []]);
  });

  it('retries within the patience of a channel, and leaves when the retry would come later', () => {
    let push = 0;
    const onSend = ({ index }: { index: number }, at: number): SendReply => {
      if (index > 0) return withReceipt('delivered', 0);
      push += 1;
      return { outcome: { kind: 'later', retryAt: at + 6 * MINUTE, reason: 'rateLimited' } };
    };
    const { sends, outcome } = walk(cascade(), { onSend });
    expect(push).toBe(3);
    expect(sends.at(-1)).toMatchObject({ at: 12 * MINUTE, effect: { index: 1, withdraw: [0] } });
    expect(outcome).toBe('good');
  });

  it('does not call again what a receipt shows to be on its way', () => {
    const onSend = ({ index }: { index: number }): SendReply =>
      index === 0
        ? {
            outcome: { kind: 'unsure', askAt: 10 * MINUTE },
            receipts: [{ receipt: 'accepted', afterMs: MINUTE }],
          }
        : SILENT;
    const { sends } = walk(cascade(), { onSend });
    expect(sends.map(({ effect }) => [effect.index, effect.withdraw])).toEqual([
      [0, []],
      [1, []],
      [2, []],
    ]);
  });
});
