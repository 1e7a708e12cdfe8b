import { describe, expect, it } from '@jest/globals';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { SendOutcome } from '#domain/journey/run.ts';
import type { LedgerWord } from '#messages/ledger-words.ts';
import type { StoredSend } from '#sends/send-document.ts';
import type { SendRequest } from '../send-request.ts';
import { messageTurn, type MessageDeps } from './message-turn.ts';

const ASKED_AT = Date.UTC(2026, 10, 23, 10);
const SENT: SendOutcome = { kind: 'sent', deliveryReceipts: true };

/** A store of one send, in a world that answers as it is told, on a clock of its own. */
class Desk {
  at = ASKED_AT;
  stored: StoredSend | null;
  person: Profile | null = newProfile('p-1', 0, 0);
  isBehind = false;
  isPaced = false;
  outcome: () => SendOutcome = () => SENT;
  words: LedgerWord[] = [];
  readonly told: SendRequest[] = [];
  readonly faults: object[] = [];

  constructor(change: Partial<StoredSend> = {}) {
    this.stored = {
      ...{ _id: 'send-1', profileId: 'p-1', template: 'receipt', channel: 'email' },
      ...{ data: { number: 1 }, request: 'hash', rev: 0 },
      ...{ createdAt: ASKED_AT, dueAt: ASKED_AT },
      ...change,
    };
  }

  get deps(): MessageDeps {
    return {
      sends: {
        find: () => Promise.resolve(this.stored),
        settle: (_, after) => {
          if (this.stored === null) return Promise.resolve(false);
          const { dueAt: _due, ...rest } = this.stored;
          this.stored =
            'end' in after
              ? { ...rest, end: after.end, ...(after.reason !== null && { reason: after.reason }) }
              : { ...rest, dueAt: after.dueAt, ...after.progress };
          return Promise.resolve(true);
        },
      },
      profiles: { follow: () => Promise.resolve(this.person) },
      send: (request) => {
        this.told.push(request);
        return Promise.resolve().then(() => this.outcome());
      },
      receipts: () => Promise.resolve([]),
      sendQueue: () => Promise.resolve('kairos-send-slow'),
      isPaced: () => this.isPaced,
      words: () => Promise.resolve(new Map([['send-1', this.words]])),
      isBehind: () => Promise.resolve(this.isBehind),
      defaultZone: 'UTC',
      logger: { error: (fields: object) => void this.faults.push(fields) },
      clock: () => this.at,
    };
  }

  turn(via?: string): ReturnType<typeof messageTurn> {
    return messageTurn(this.deps, { send: 'send-1' }, via);
  }
}

describe('the turn of a message that was asked for by itself', () => {
  it('hands it over at once, with its data', async () => {
    const desk = new Desk();
    expect(await desk.turn()).toEqual({ kind: 'over' });
    expect(desk.told).toMatchObject([
      { messageId: 'send-1/send/0/0', entry: { kind: 'api', properties: { number: 1 } } },
    ]);
    expect(desk.stored?.end).toBe('sent');
  });

  it('is over where the message has ended, or was erased with its person', async () => {
    const desk = new Desk();
    await desk.turn();
    expect(await desk.turn()).toEqual({ kind: 'over' });
    desk.stored = null;
    expect(await desk.turn()).toEqual({ kind: 'over' });
    expect(desk.told).toHaveLength(1);
  });

  it('waits for what was told of the person a moment before, and not for long', async () => {
    const desk = new Desk();
    desk.isBehind = true;
    expect(await desk.turn()).toEqual({ kind: 'wait', ms: 50 });
    desk.at += 10_000;
    expect(await desk.turn()).toEqual({ kind: 'over' });
  });

  it('waits for somebody who is only being made', async () => {
    const desk = new Desk();
    desk.person = null;
    desk.at += 1_000;
    expect(await desk.turn()).toEqual({ kind: 'wait', ms: 1_000 });
    desk.person = newProfile('p-1', 0, 0);
    desk.at += 1_000;
    expect(await desk.turn()).toEqual({ kind: 'over' });
  });

  it('goes to the queue of a provider with a rate, and keeps its place there', async () => {
    const desk = new Desk();
    desk.isPaced = true;
    expect(await desk.turn()).toEqual({ kind: 'queued', queue: 'kairos-send-slow' });
    desk.isBehind = true;
    expect(await desk.turn('slow')).toEqual({ kind: 'over' });
    expect(desk.told).toMatchObject([{ via: 'slow' }]);
  });

  it('comes again when the provider says so, and not before', async () => {
    const desk = new Desk();
    desk.outcome = () => ({ kind: 'later', retryAt: desk.at + 60_000, reason: 'rateLimited' });
    expect(await desk.turn()).toEqual({ kind: 'wait', ms: 60_000 });
    desk.at += 30_000;
    expect(await desk.turn()).toEqual({ kind: 'wait', ms: 30_000 });
    expect(desk.told).toHaveLength(1);
  });

  it('goes on to its next channel where the mailbox provider’s rate asks for more patience', async () => {
    const cascade = [{ channel: 'email' as const, patience: 'PT5M' }, { channel: 'sms' as const }];
    const desk = new Desk({ cascade });
    desk.outcome = () =>
      desk.told.at(-1)?.channel === 'email'
        ? { kind: 'later', retryAt: desk.at + 10 * 60_000, reason: 'throttled' }
        : SENT;
    expect(await desk.turn()).toMatchObject({ kind: 'wait' });
    expect(desk.told.map(({ channel }) => channel)).toEqual(['email', 'sms']);
  });

  it('ends as failed where our own code fails, and says so aloud', async () => {
    const desk = new Desk();
    desk.outcome = () => {
      throw new TypeError('a fault of ours');
    };
    expect(await desk.turn()).toEqual({ kind: 'over' });
    expect(desk.stored).toMatchObject({ end: 'failed', reason: 'fault' });
    expect(desk.faults).toMatchObject([{ send: 'send-1' }]);
  });

  it('has not failed where our own code fails after its call was claimed: it may have gone out', async () => {
    const desk = new Desk();
    desk.outcome = () => {
      desk.words = [{ status: 'sending', reason: null, attempts: 1 }];
      throw new TypeError('a fault of ours');
    };
    expect(await desk.turn()).toEqual({ kind: 'over' });
    expect(desk.stored).toMatchObject({ end: 'sent' });
    expect(desk.faults).toMatchObject([{ send: 'send-1' }]);
  });

  it('is repeated where the weather was bad', async () => {
    const desk = new Desk();
    desk.outcome = () => {
      throw new Error('the database is away');
    };
    await expect(desk.turn()).rejects.toThrow('away');
    expect(desk.stored).toHaveProperty('dueAt');
  });
});
