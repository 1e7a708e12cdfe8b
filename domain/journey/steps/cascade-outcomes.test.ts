import { describe, expect, it } from '@jest/globals';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { Receipt, SendOutcome } from '#domain/journey/run.ts';
import { walk, type SendReply } from '#domain/journey/simulate-run.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PATIENCE = 10 * MINUTE;
/** After the patience of its channel, within that of the next. */
const LATE = PATIENCE + 2 * MINUTE;
/** Quiet hours' end, a cap's: after everything that an earlier channel still tells. */
const HELD_MS = 60 * MINUTE;

const CHANNELS = ['push', 'email', 'viber', 'sms'] as const;
const UNTILS = ['delivered', 'opened', 'clicked'] as const;
type Until = (typeof UNTILS)[number];
const LEVEL: Record<Receipt, number> = {
  refused: -1,
  accepted: 0,
  delivered: 1,
  opened: 2,
  clicked: 3,
};

const SENT: SendOutcome = { kind: 'sent', deliveryReceipts: true };
const told = (...receipts: [Receipt, number][]): SendReply => ({
  outcome: SENT,
  receipts: receipts.map(([receipt, afterMs]) => ({ receipt, afterMs })),
});

/** Every way in which the message of one channel can end. */
const WAYS = {
  delivered: told(['delivered', SECOND]),
  opened: told(['delivered', SECOND], ['opened', 2 * SECOND]),
  clicked: told(['delivered', SECOND], ['opened', 2 * SECOND], ['clicked', 3 * SECOND]),
  deliveredLate: told(['delivered', LATE]),
  silent: told(),
  // A proxy that fetched the pictures, a scanner that followed the links.
  machineOnly: told(['accepted', SECOND]),
  bounced: told(['refused', SECOND]),
  refused: { outcome: { kind: 'failed', reason: 'unreachable' } },
  unwilling: { outcome: { kind: 'suppressed', reason: 'noConsent' } },
  tellsNothing: { outcome: { kind: 'sent', deliveryReceipts: false } },
  outOfOrder: { outcome: { kind: 'later', retryAt: 1e12, reason: 'providerUnavailable' } },
  unsure: { outcome: { kind: 'unsure', askAt: 1e12 } },
  // Kept back by the gate for HELD_MS, and then as good as any.
  held: told(['delivered', SECOND], ['opened', 2 * SECOND], ['clicked', 3 * SECOND]),
} as const satisfies Record<string, SendReply>;
type Way = keyof typeof WAYS;
const ALL = Object.keys(WAYS) as Way[];

function cascade(until: Until): Journey {
  const channels = CHANNELS.map((channel) => ({ channel, patience: 'PT10M' }));
  return journeyWith('remind', {
    remind: {
      send: { template: 'reminder', cascade: channels, until },
      next: { reached: 'good', exhausted: 'bad' },
    },
    good: { end: 'good' },
    bad: { end: 'bad' },
  });
}

/** What must come of it, reckoned without the engine. */
interface Expected {
  /** Which channels are called, when, and which earlier ones are taken back with it. */
  calls: { index: number; at: number; withdraw: number[] }[];
  outcome: 'good' | 'bad';
  endedAt: number;
  /** The first channel that nobody had to send any more. */
  spared: number | undefined;
}

/** When this message has come as far as is asked for, counted from its call; Infinity: never. */
function reachedAfter(way: Way, until: Until): number {
  const reply: SendReply = WAYS[way];
  if (way === 'tellsNothing' && until === 'delivered') return 0;
  const far = (reply.receipts ?? []).filter(({ receipt }) => LEVEL[receipt] >= LEVEL[until]);
  return Math.min(Infinity, ...far.map(({ afterMs }) => afterMs));
}

/** How long its channel is waited for where nothing reaches. */
function leftAfter(way: Way): number {
  if (way === 'bounced') return SECOND;
  return ['refused', 'unwilling', 'outOfOrder'].includes(way) ? 0 : PATIENCE;
}

function expected(ways: readonly Way[], until: Until): Expected {
  const calls: Expected['calls'] = [];
  let at = 0;
  let reachedAt = Infinity;
  let withdraw: number[] = [];
  for (const [index, way] of ways.entries()) {
    calls.push({ index, at, withdraw });
    if (way === 'held') {
      // An earlier channel has reached them meanwhile: what is held goes out no more.
      if (reachedAt < at + HELD_MS) return reached(calls, reachedAt, index);
      at += HELD_MS;
      calls.push({ index, at, withdraw: [] });
    }
    reachedAt = Math.min(reachedAt, at + reachedAfter(way, until));
    const left = at + leftAfter(way);
    if (reachedAt <= left) return reached(calls, reachedAt, index + 1);
    // What may still go out is taken back with the next call.
    withdraw = way === 'unsure' || way === 'outOfOrder' ? [index] : [];
    at = left;
  }
  return { calls, outcome: 'bad', endedAt: at, spared: undefined };
}

function reached(calls: Expected['calls'], endedAt: number, unsent: number): Expected {
  const spared = unsent < CHANNELS.length ? unsent : undefined;
  return { calls, outcome: 'good', endedAt, spared };
}

/** Every combination, in an order of its own. */
function* combinations(): Generator<Way[]> {
  for (const push of ALL)
    for (const email of ALL)
      for (const viber of ALL) for (const sms of ALL) yield [push, email, viber, sms];
}

function wayOf(ways: readonly Way[], index: number): Way {
  return ways[index] ?? 'silent';
}

/** What the engine makes of it, in the same words. */
function actual(journey: Journey, ways: readonly Way[]): Expected {
  const { sends, outcome, endedAt, walked } = walk(journey, {
    onSend: ({ index, heldSince }, at) => {
      const way = wayOf(ways, index);
      const isHeld = way === 'held' && heldSince === undefined;
      if (!isHeld) return WAYS[way];
      return { outcome: { kind: 'held', until: at + HELD_MS, reason: 'quietHours' } };
    },
  });
  const calls = sends.map(({ effect: { index, withdraw }, at }) => ({ index, at, withdraw }));
  return { calls, outcome: outcome as 'good', endedAt, spared: walked[0]?.spared };
}

/** How many of the channels that were called came as far as is asked for while it was waited for. */
function reachedInTime({ calls }: Expected, ways: readonly Way[], until: Until): number {
  // What is held is asked for twice, and goes out once.
  const called = new Set(calls.map(({ index }) => index));
  return [...called].filter((index) => reachedAfter(wayOf(ways, index), until) <= PATIENCE).length;
}

describe.each(UNTILS)('push, then mail, then Viber, then SMS, until %s', (until) => {
  const journey = cascade(until);

  it('ends as it must in every combination of outcomes, and reaches nobody twice', () => {
    const wrong: unknown[] = [];
    let tried = 0;
    for (const ways of combinations()) {
      tried += 1;
      const must = expected(ways, until);
      const is = actual(journey, ways);
      const isAsked = JSON.stringify(must) === JSON.stringify(is);
      if (!isAsked || reachedInTime(is, ways, until) > 1) wrong.push({ ways, must, is });
    }
    expect(tried).toBe(ALL.length ** CHANNELS.length);
    expect(wrong.slice(0, 3)).toEqual([]);
    // Some 30,000 runs, each of a few dozen transitions.
  }, 60_000);
});

describe('a cascade that an earlier channel ends while the next is held', () => {
  it('spares the held one, too', () => {
    const { walked, outcome } = walk(cascade('delivered'), {
      onSend: ({ index }) =>
        index === 0
          ? WAYS.deliveredLate
          : { outcome: { kind: 'held', until: 12 * 60 * MINUTE, reason: 'quietHours' } },
    });
    expect(outcome).toBe('good');
    expect(walked[0]).toMatchObject({ outcome: 'reached', spared: 1 });
  });

  it('spares nothing where the last channel was needed, or none reached', () => {
    const last = walk(cascade('delivered'), {
      onSend: ({ index }) => (index === 3 ? WAYS.delivered : WAYS.refused),
    });
    const none = walk(cascade('delivered'), { onSend: () => WAYS.refused });
    expect(last.outcome).toBe('good');
    expect(none.outcome).toBe('bad');
    expect([last.walked[0]?.spared, none.walked[0]?.spared]).toEqual([undefined, undefined]);
  });
});
