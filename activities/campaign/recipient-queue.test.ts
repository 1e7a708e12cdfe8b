import { describe, expect, it } from '@jest/globals';
import type { StoredRecipient } from '#campaigns/campaign-document.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import { RecipientQueue } from './recipient-queue.ts';

/** Sent one after the other, each so long, in ms. */
const TURN_MS = 100;
const PAGE = 50;

/** An audience on a clock of its own, in the order of its queue. */
class Audience {
  readonly people = new Map<string, StoredRecipient>();

  constructor(size: number, dueAt = 0) {
    for (let number = 0; number < size; number += 1) {
      const _id = String(number).padStart(6, '0');
      const place = { campaign: 'sale', profileId: _id, wave: 'main', variant: null } as const;
      this.people.set(_id, { _id, ...place, dueAt, rev: 0 });
    }
  }

  queue(): RecipientQueue {
    const due = (now: number): StoredRecipient[] =>
      [...this.people.values()].filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
    return new RecipientQueue(
      {
        again: (now) => Promise.resolve(due(now).filter(({ rev }) => rev > 0)),
        fresh: (_, now, after) => {
          const rest = due(now).filter(({ rev, _id }) => rev === 0 && _id > (after?._id ?? ''));
          return Promise.resolve(rest.slice(0, PAGE));
        },
      },
      ['main'],
    );
  }

  ends({ _id }: StoredRecipient): void {
    this.people.delete(_id);
  }

  again(one: StoredRecipient, dueAt: number): void {
    this.people.set(one._id, { ...one, dueAt, rev: one.rev + 1 });
  }
}

describe('the queue of a campaign', () => {
  it('comes to whoever is to be tried again when they are due, not after the whole audience', async () => {
    const audience = new Audience(3_000);
    const queue = audience.queue();
    const late: number[] = [];
    let now = 0;
    for (let turns = 0; turns < 5_000; turns += 1) {
      const next = await queue.next(now, true);
      if (next === null || next === 'shut') break;
      now += TURN_MS;
      if (next.rev > 0) late.push(now - (next.dueAt ?? 0));
      // The first hundred were claimed by a worker that was killed: nobody knows for a minute.
      if (next.rev === 0 && Number(next._id) < 100) audience.again(next, now + MINUTE_MS);
      else audience.ends(next);
      queue.ended(next);
    }
    expect(audience.people.size).toBe(0);
    expect(late).toHaveLength(100);
    expect(Math.max(...late)).toBeLessThan(MINUTE_MS / 2);
  });

  it('comes to newcomers, too, however many wait for receipts', async () => {
    const audience = new Audience(100);
    for (const one of [...audience.people.values()].slice(0, 50)) audience.again(one, 0);
    const queue = audience.queue();
    let newcomers = 0;
    for (let turns = 0; turns < 100; turns += 1) {
      const next = await queue.next(turns * TURN_MS, true);
      if (next === null || next === 'shut') throw new Error('somebody is due');
      if (next.rev === 0) newcomers += 1;
      // They are due again before the next one has had their turn.
      if (next.rev === 0) audience.ends(next);
      else audience.again(next, turns * TURN_MS);
      queue.ended(next);
    }
    expect(newcomers).toBeGreaterThan(20);
  });

  it('meets nobody who is under way', async () => {
    const audience = new Audience(1);
    const [one] = audience.people.values();
    if (one === undefined) throw new Error('there is one');
    audience.again(one, 0);
    const queue = audience.queue();
    expect(await queue.next(0, true)).toMatchObject({ _id: one._id });
    expect(await queue.next(60_000, true)).toBeNull();
    queue.ended(one);
    expect(await queue.next(120_000, true)).toMatchObject({ _id: one._id });
  });

  it('lets no newcomer begin where their channel is shut, and those who are due again go on', async () => {
    const audience = new Audience(2);
    const queue = audience.queue();
    expect(await queue.next(0, false)).toBe('shut');
    const [one] = audience.people.values();
    if (one === undefined) throw new Error('there is one');
    audience.again(one, 0);
    expect(await queue.next(2_000, false)).toMatchObject({ rev: 1 });
    expect(await queue.next(2_000, false)).toBe('shut');
    expect(queue.isFreshDone).toBe(false);
  });

  it('meets those whose hour has come meanwhile', async () => {
    const audience = new Audience(2, 5_000);
    const queue = audience.queue();
    expect(await queue.next(0, true)).toBeNull();
    const later = audience.queue();
    expect(await later.next(5_000, true)).toMatchObject({ rev: 0 });
  });
});
