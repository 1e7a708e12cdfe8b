import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '#domain/message/gate.ts';
import { anyCap, anySlots, NOON, NO_RULES, openFacts } from '#domain/message/gate.example.ts';
import { CHANNELS, isSiteChannel } from '#domain/message/message.ts';
import { calendarPeriod } from './calendar-period.ts';
import type { Cap } from './gate-settings.ts';
import { joinSlots, NO_SLOTS, partSlots, takeSlot, type Slots, type SlotTaken } from './slots.ts';

const ZONE = 'Europe/Kyiv';

const DAYS = 864e5;

const anyAsk = fc.record({
  id: fc.integer({ min: 1, max: 30 }).map(String),
  channel: fc.constantFrom(...CHANNELS),
  at: fc.integer({ min: NOON - 14 * DAYS, max: NOON + 14 * DAYS }),
});
type Ask = typeof anyAsk extends fc.Arbitrary<infer T> ? T : never;

/** Two who reserve: each reads, decides, and writes only if nobody wrote since it read. */
class Reserver {
  #read: { slots: Slots; revision: number; ask: Ask } | null = null;
  readonly #asks: Ask[];

  constructor(asks: readonly Ask[]) {
    this.#asks = [...asks];
  }

  /** One move of the two there are: reading, or deciding and writing. */
  move(store: { slots: Slots; revision: number }, caps: readonly Cap[]): void {
    if (this.#read === null) {
      const ask = this.#asks.shift();
      if (ask !== undefined) this.#read = { ...store, ask };
      return;
    }
    const { slots, revision, ask } = this.#read;
    this.#read = null;
    if (revision !== store.revision) {
      this.#asks.unshift(ask);
      return;
    }
    const rules = { ...NO_RULES, caps };
    const facts = { ...openFacts, zone: ZONE, at: ask.at, channel: ask.channel, rules, slots };
    if (!('send' in decide({ ...facts, messageId: ask.id }))) return;
    store.slots = takeSlot(slots, { ...ask, journey: 'welcome' });
    store.revision += 1;
  }
}

function mostIn(taken: readonly SlotTaken[], { channel, per }: Cap): number {
  const counted = taken.filter(
    (one) => one.channel === channel || (channel === 'any' && !isSiteChannel(one.channel)),
  );
  const counts = new Map<number, number>();
  for (const { at } of counted) {
    const { from } = calendarPeriod(per, ZONE, at);
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

describe('slots', () => {
  it('are never more than a cap has, however two who reserve come between one another', () => {
    const anyAsks = fc
      .array(anyAsk, { maxLength: 15 })
      // Time goes on for both.
      .map((asks) => [...asks].sort((a, b) => a.at - b.at));
    fc.assert(
      fc.property(
        fc.array(anyCap, { minLength: 1, maxLength: 3 }),
        anyAsks,
        anyAsks,
        fc.array(fc.boolean(), { maxLength: 120 }),
        (caps, ones, others, turns) => {
          const store = { slots: NO_SLOTS, revision: 0 };
          const reservers = [new Reserver(ones), new Reserver(others)] as const;
          const taken = new Map<string, SlotTaken>();
          for (const turn of turns) {
            reservers[turn ? 0 : 1].move(store, caps);
            for (const one of store.slots.taken) taken.set(one.id, one);
          }
          for (const cap of caps)
            expect(mostIn([...taken.values()], cap)).toBeLessThanOrEqual(cap.max);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are taken once by one message', () => {
    fc.assert(
      fc.property(anySlots, anyAsk, (slots, ask) => {
        const once = takeSlot(slots, { ...ask, journey: 'cart' });
        expect(takeSlot(once, { ...ask, journey: 'cart' })).toEqual(once);
        expect(once.taken.filter(({ id }) => id === ask.id).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of two who were one for a while are each one’s own again', () => {
    const renamed = (slots: Slots): Slots => ({
      taken: slots.taken.map((one) => ({ ...one, id: `o${one.id}` })),
      awaited: slots.awaited.map((one) => ({ ...one, id: `o${one.id}` })),
    });
    fc.assert(
      fc.property(anySlots, anySlots.map(renamed), (one, other) => {
        const joined = joinSlots(one, other);
        const theirs = new Set([...other.taken, ...other.awaited].map(({ id }) => id));
        const { stay, go } = partSlots(joined, theirs);
        const isTheirs = ({ id }: SlotTaken): boolean => id.startsWith('o');
        expect(go.taken).toEqual(joined.taken.filter(isTheirs));
        expect(stay.taken).toHaveLength(joined.taken.length - go.taken.length);
        expect(stay.taken.some(isTheirs)).toBe(false);
        expect(new Set(go.awaited)).toEqual(new Set(other.awaited));
        expect(new Set(stay.awaited)).toEqual(new Set(one.awaited));
      }),
    );
  });

  it('of two profiles are, for the one they are, those of both', () => {
    fc.assert(
      fc.property(anySlots, anySlots, (one, other) => {
        const joined = joinSlots(one, other);
        const newest = Math.max(0, ...[...one.taken, ...other.taken].map(({ at }) => at));
        const recent = [...one.taken, ...other.taken].filter(({ at }) => at > newest - 33 * DAYS);
        expect(joined.taken).toHaveLength(recent.length);
        expect(joined.awaited).toHaveLength(one.awaited.length + other.awaited.length);
      }),
    );
  });
});
