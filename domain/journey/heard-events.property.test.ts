import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advance, begin } from '#domain/journey/advance.ts';
import { anyJourney } from '#domain/journey/any.example.ts';
import { HEARD_MAX } from '#domain/journey/heard-events.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { Effect, Happening, RunState, Transition } from '#domain/journey/run.ts';
import type { RunEvent } from '#domain/event/event.ts';
import { nextLocalTime } from '#domain/time/local-time.ts';

const RUN = {
  entry: { kind: 'event', id: 'entry', at: 0, event: null, properties: {} },
  zone: 'UTC',
} as const;
const HOUR = 3_600_000;

/** Few instants, so that many events share one with another, with the entry or with a time-out. */
const anyInstant = fc.constantFrom(0, 1, 1_000, 1_001, 900_000, 900_001, HOUR, 30 * HOUR);

const anyEvents = fc
  .array(
    fc.record({
      name: fc.constantFrom('Looked', 'Bought'),
      receivedAt: anyInstant,
      /** Late by the customer's clock, or early by one that runs ahead. */
      skewMs: fc.constantFrom(0, 0, 0, -1, 1, -1_000, 1_000),
      /** How much earlier than received the clock of the worker says it is when it is told. */
      toldEarlyMs: fc.constantFrom(0, 0, 2),
      isTold: fc.boolean(),
    }),
    { maxLength: 20 },
  )
  .map((events) =>
    events
      .map((event, index) => ({ ...event, id: `e${String(index)}` }))
      .sort((a, b) => a.receivedAt - b.receivedAt),
  );
type Told = ReturnType<(typeof anyEvents)['generate']>['value'][number];

function runEvent({ id, name, receivedAt, skewMs }: Told): RunEvent {
  return { id, name, occurredAt: receivedAt + skewMs, receivedAt, properties: {} };
}

/** How calls and tasks go, by what is chosen. */
const CALLED = [
  { kind: 'error', reason: 'EPRIVATE' },
  { kind: 'answered', status: 200, retryAt: 0 },
  { kind: 'answered', status: 404, retryAt: 0 },
] as const;
const CLOSED = { kind: 'expired' } as const;
const TASKED = [
  CLOSED,
  { kind: 'done', outcome: 'reached' },
  { kind: 'open', id: 'r.s0.1' },
] as const;

/** A run as the activity carries it out: whatever it waits for is looked back at, again and again. */
class LookingBack {
  readonly answers: string[] = [];
  private readonly seen: Told[] = [];
  private at = 0;
  private asked = 0;
  private now: Transition;

  constructor(
    private readonly journey: Journey,
    private readonly choices: readonly number[],
  ) {
    this.now = begin(journey, 0, 'UTC');
  }

  live(events: readonly Told[]): void {
    this.settle();
    for (const event of events) {
      this.passTo(event.receivedAt);
      this.seen.push(event);
      // Some are never signalled: only a look back finds them.
      if (event.isTold) this.hear(event);
      this.settle();
    }
    this.passTo(2_000 * HOUR);
  }

  private passTo(instant: number): void {
    for (;;) {
      const { effect } = this.now;
      if (effect.do !== 'await' || effect.until === undefined || effect.until >= instant) break;
      this.at = Math.max(this.at, effect.until);
      this.tell({ kind: 'elapsed', at: this.at });
      this.settle();
    }
    this.at = Math.max(this.at, instant);
  }

  /** Answers what is asked, then looks back from the beginning of all that is known. */
  private settle(): void {
    for (;;) {
      const { effect } = this.now;
      if (effect.do === 'end') return;
      if (effect.do === 'await') {
        if (!this.lookBack(effect)) return;
        continue;
      }
      this.tell(this.answerTo(effect));
    }
  }

  private lookBack({ listens }: Extract<Effect, { do: 'await' }>): boolean {
    const before = JSON.stringify(this.now.state);
    for (const event of this.seen) {
      if (!listens.events.includes(event.name)) continue;
      this.hear(event);
      if (this.now.effect.do === 'end' || JSON.stringify(this.now.state) !== before) return true;
    }
    return false;
  }

  private hear(event: Told): void {
    if (this.now.effect.do === 'end') return;
    const { walked } = this.tell({
      kind: 'event',
      at: this.at - event.toldEarlyMs,
      event: runEvent(event),
    });
    if (walked.some(({ outcome }) => outcome === 'received')) this.answers.push(event.id);
  }

  private tell(happening: Happening): Transition {
    const stored = JSON.parse(JSON.stringify(this.now.state)) as RunState;
    this.now = advance(this.journey, stored, happening, RUN);
    return this.now;
  }

  private answerTo(effect: Exclude<Effect, { do: 'await' | 'end' }>): Happening {
    const { at } = this;
    if (effect.do === 'localTime') {
      return { kind: 'instant', at, instant: nextLocalTime(effect, 'UTC', at) };
    }
    const choice = this.choices[(this.asked += 1) % this.choices.length] ?? 0;
    if (effect.do === 'decide') return { kind: 'decided', at, index: choice };
    if (effect.do === 'call') return { kind: 'called', at, outcome: CALLED[choice] ?? CALLED[0] };
    if (effect.do === 'task') {
      const outcome = effect.act === 'close' ? CLOSED : (TASKED[choice] ?? CLOSED);
      return { kind: 'tasked', at, outcome };
    }
    if (choice === 0) return { kind: 'sending', at, outcome: { kind: 'failed', reason: 'no' } };
    return { kind: 'sending', at, outcome: { kind: 'sent', deliveryReceipts: choice === 1 } };
  }
}

function answersOf(journey: Journey, events: readonly Told[], choices: readonly number[]) {
  const run = new LookingBack(journey, choices);
  run.live(events);
  return run.answers;
}

const LOOKS = journeyWith('look', {
  look: {
    waitFor: { event: 'Looked', timeout: 'PT1H' },
    next: { received: 'look', timeout: 'leave' },
  },
  leave: { end: 'done' },
});

function looked(count: number, receivedAt: number): Told[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `l${String(index)}`,
    name: 'Looked',
    receivedAt,
    skewMs: 0,
    toldEarlyMs: 0,
    isTold: false,
  }));
}

describe('one event', () => {
  it('answers one step of a run at most, whatever the journey and however often it is told', () => {
    fc.assert(
      fc.property(
        anyJourney,
        anyEvents,
        fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
        (journey, events, choices) => {
          const answers = answersOf(journey, events, choices);
          expect(new Set(answers).size).toBe(answers.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('goes round a loop once', () => {
    expect(answersOf(LOOKS, looked(1, 1_000), [0])).toEqual(['l0']);
  });

  it('does not keep another of the same instant from answering the next step', () => {
    expect(answersOf(LOOKS, looked(3, 1_000), [0])).toEqual(['l0', 'l1', 'l2']);
  });

  it('is remembered within bounds: of very many at one instant the rest is passed over', () => {
    const answers = answersOf(LOOKS, looked(3 * HEARD_MAX, 1_000), [0]);
    expect(answers).toHaveLength(HEARD_MAX + 1);
    expect(new Set(answers).size).toBe(answers.length);
  });

  it('that began the run answers none of its steps', () => {
    const [event] = looked(1, 0);
    if (event === undefined) throw new Error('no event');
    expect(answersOf(LOOKS, [{ ...event, id: 'entry', isTold: true }], [0])).toEqual([]);
  });

  it('leaves nothing of its id in the state', () => {
    const { state } = begin(LOOKS, 0);
    const event = { ...looked(1, 5)[0], id: 'ann@shop.example', name: 'Looked', properties: {} };
    const next = advance(
      LOOKS,
      state,
      { kind: 'event', at: 6, event: { ...event, occurredAt: 5, receivedAt: 5 } },
      RUN,
    );
    expect(next.walked).toHaveLength(1);
    expect(next.state.heard).toEqual([{ ref: expect.stringMatching(/^[0-9a-f]{16}$/), at: 5 }]);
  });
});
