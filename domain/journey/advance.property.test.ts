import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOPS_MAX, advance, begin } from '#domain/journey/advance.ts';
import {
  anyCallOutcome,
  anyHappening,
  anyJourney,
  anyReply,
  exitEvent,
} from '#domain/journey/any.example.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { Happening, Transition } from '#domain/journey/run.ts';
import { walk } from '#domain/journey/simulate-run.ts';
import type { SendReply } from '#domain/journey/simulate-run.ts';
import { HOUR_MS } from '#domain/time/duration.ts';

const ENTRY = { kind: 'api', id: 'a', at: 0, event: null, properties: {} } as const;
const RUN = { entry: ENTRY, zone: 'Europe/Kyiv' };
const RUNS = { numRuns: 100 };

/** Every transition of a run to which all this happens, each a while after the one before. */
function transitionsOf(journey: Journey, happenings: readonly Happening[]): Transition[] {
  const all = [begin(journey, 0, RUN.zone)];
  let at = 0;
  for (const happening of happenings) {
    const now = all.at(-1);
    if (now === undefined || now.effect.do === 'end') break;
    at += happening.at;
    all.push(advance(journey, now.state, { ...happening, at }, RUN));
  }
  return all;
}

const anyLife = fc.tuple(anyJourney, fc.array(anyHappening, { maxLength: 60 }));

/** What comes back after being stored as JSON. */
function storedAndRead<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Replies in the order of the calls; delivered once they are used up. */
function replying(replies: readonly SendReply[]) {
  let call = -1;
  return (): SendReply => {
    call += 1;
    return replies[call % (replies.length + 1)] ?? DELIVERED;
  };
}
const DELIVERED: SendReply = {
  outcome: { kind: 'sent', deliveryReceipts: true },
  receipts: [{ receipt: 'clicked', afterMs: 10 }],
};

const ANSWERED = { kind: 'answered', status: 200, retryAt: 0 } as const;

describe('any journey, whatever happens', () => {
  it('never sends again what was accepted', () => {
    fc.assert(
      fc.property(anyLife, ([journey, happenings]) => {
        const accepted = new Set<string>();
        let asked: string | null = null;
        const transitions = transitionsOf(journey, happenings);
        transitions.forEach(({ effect }, index) => {
          const happening = happenings[index - 1];
          const isTaken = happening?.kind === 'sending' && happening.outcome.kind === 'sent';
          if (asked !== null && isTaken) accepted.add(asked);
          asked = effect.do === 'send' ? `${String(effect.hop)}/${String(effect.index)}` : null;
          if (asked !== null) expect(accepted.has(asked)).toBe(false);
        });
      }),
      RUNS,
    );
  });

  it('withdraws only channels it has left, and never one that was accepted', () => {
    fc.assert(
      fc.property(anyLife, ([journey, happenings]) => {
        for (const { effect } of transitionsOf(journey, happenings)) {
          if (effect.do !== 'send') continue;
          expect(effect.withdraw.every((index) => index < effect.index)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('never calls again a webhook that answered well', () => {
    fc.assert(
      fc.property(anyLife, ([journey, happenings]) => {
        const done = new Set<number>();
        let asked: number | null = null;
        transitionsOf(journey, happenings).forEach(({ effect }, index) => {
          const happening = happenings[index - 1];
          const isGood =
            happening?.kind === 'called' &&
            happening.outcome.kind === 'answered' &&
            happening.outcome.status < 300;
          if (asked !== null && isGood) done.add(asked);
          asked = effect.do === 'call' ? effect.hop : null;
          if (asked !== null) expect(done.has(asked)).toBe(false);
        });
      }),
      RUNS,
    );
  });

  it('always ends', () => {
    fc.assert(
      fc.property(
        anyJourney,
        fc.array(anyReply, { maxLength: 5 }),
        fc.array(anyCallOutcome, { maxLength: 5 }),
        fc.array(fc.nat(3), { minLength: 1 }),
        (journey, replies, outcomes, decisions) => {
          let asked = 0;
          const onDecide = () => decisions[(asked += 1) % decisions.length] ?? 0;
          let called = 0;
          // Far apart, so that tries within a month's patience stay few.
          const onCall = (_effect: unknown, at: number) => {
            const one = outcomes[(called += 1) % (outcomes.length + 1)] ?? ANSWERED;
            return 'retryAt' in one ? { ...one, retryAt: at + HOUR_MS } : one;
          };
          const found = walk(journey, { onSend: replying(replies), onCall, onDecide });
          expect(found.status).not.toBe('running');
          expect(found.walked.length).toBeLessThanOrEqual(HOPS_MAX);
        },
      ),
      RUNS,
    );
  });

  it('ends at once with an exit', () => {
    fc.assert(
      fc.property(anyLife, ([journey, happenings]) => {
        for (const { state, effect } of transitionsOf(journey, happenings)) {
          if (effect.do === 'end') continue;
          const next = advance(journey, state, exitEvent(1e12), RUN);
          expect(next.effect).toEqual({ do: 'end', status: 'exited', outcome: 'exit:Left' });
        }
      }),
      RUNS,
    );
  });
});

describe('the engine, whatever it is told', () => {
  it('goes the same way for the same happenings, also when its state was stored in between', () => {
    fc.assert(
      fc.property(anyLife, ([journey, happenings]) => {
        const stored = storedAndRead(journey);
        let now = begin(stored, 0, RUN.zone);
        let at = 0;
        const direct = transitionsOf(journey, happenings);
        direct.slice(1).forEach((expected, index) => {
          const happening = happenings[index];
          if (happening === undefined) return;
          at += happening.at;
          now = advance(stored, storedAndRead(now.state), { ...happening, at }, RUN);
          expect(now).toEqual(expected);
        });
      }),
      RUNS,
    );
  });

  it('never throws, even in a state of another step or at an absurd instant', () => {
    const anyInstant = fc.oneof(fc.double(), fc.constantFrom(-1, 8.64e15, 1e300));
    fc.assert(
      fc.property(anyLife, anyInstant, ([journey, happenings], at) => {
        const states = transitionsOf(journey, happenings).map(({ state }) => state);
        for (const step of Object.keys(journey.steps)) {
          for (const state of states.slice(0, 10)) {
            for (const happening of happenings.slice(0, 10)) {
              const strange = { ...state, step };
              expect(advance(journey, strange, { ...happening, at }, RUN).effect.do).toBeDefined();
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
