import { ApplicationFailure } from '@temporalio/common';
import { runEvent } from '#domain/apply/enter.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { advance, begin } from '#domain/journey/advance.ts';
import type { Journey } from '#domain/journey/journey.ts';
import {
  eventInRunTime,
  toRunTime,
  toWorldTime,
  type RunClock,
} from '#domain/journey/rehearsal.ts';
import type { Effect, Happening, RunState, Transition } from '#domain/journey/run.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import type { EventStore } from '#events/event-store.ts';
import type { JourneyVersions } from '#journeys/live-journeys.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { Clock } from '#platform/clock.ts';
import type { AdvanceInput, AdvanceResult, News } from '#workflows/contract.ts';
import { messageIdOf, placeOfMessage } from './message-id.ts';
import { casesOf, type RunWorld } from './run-world.ts';

export interface AdvanceDeps {
  runs: RunStore;
  events: EventStore;
  versions: JourneyVersions;
  world: RunWorld;
  clock: Clock;
}

/** A local activity should not hold a workflow task for long: one send, then hand back. */
interface Turn {
  deps: AdvanceDeps;
  run: StoredRun;
  journey: Journey;
  clock: RunClock;
  status: string | null;
  zone: string;
  /** Whether something was read that may read differently the next time. */
  decided: boolean;
}

/**
 * One transition of a run: tells the engine the news, answers what it asks of the profile, tries
 * at most one send, writes down where the run stands and says what to wait for. A repeat with the
 * same number answers what was written the first time, so that a decision is made once.
 */
export function createAdvanceRun(
  deps: AdvanceDeps,
): (input: AdvanceInput, temporalRunId: string, isQueued: boolean) => Promise<AdvanceResult> {
  return async function advanceRun(input, temporalRunId, isQueued) {
    const [run, status] = await Promise.all([
      deps.runs.find(input.runId),
      deps.versions.status(input.journey),
    ]);
    if (run === null) throw ApplicationFailure.nonRetryable('no such run', 'RunNotFound');
    const version = await deps.versions.version(run.journey, run.version);
    if (version === null) {
      throw ApplicationFailure.nonRetryable('no such version', 'VersionNotFound');
    }
    const clock: RunClock = { enteredAt: run.enteredAt, speed: run.speed ?? 1 };
    const zone = await deps.world.zone(run.profileId);
    const journey = version.definition;
    const turn: Turn = { deps, run, journey, clock, status, zone, decided: false };
    if (run.latest !== null && run.latest.seq >= input.seq) {
      return answer(turn, run.latest.transition, run.held === true);
    }
    const first = await tell(turn, input);
    const { transition, parked } = await settle(turn, first, mayTry(input, isQueued));
    await withdrawLeft(turn, input, transition);
    const saved = await deps.runs.save(run._id, {
      seq: input.seq,
      transition,
      held: parked,
      at: deps.clock(),
      temporalRunId,
    });
    // Once more: a call that began in another execution meanwhile sees the end now.
    if (transition.effect.do === 'end') await deps.world.withdraw({ runId: run._id });
    if (saved !== null) return answer(turn, transition, parked);
    const stands = await deps.runs.find(run._id);
    if (stands?.latest == null) throw ApplicationFailure.nonRetryable('no such run', 'RunNotFound');
    return answer(turn, stands.latest.transition, stands.held === true);
  };
}

/** Nothing of a step that was left, or of a run that ended, may still go out. */
async function withdrawLeft(turn: Turn, input: AdvanceInput, next: Transition): Promise<void> {
  const { run, deps } = turn;
  if (next.effect.do === 'end') {
    await deps.world.withdraw({ runId: run._id });
    return;
  }
  const { state } = input;
  if (state?.sending === undefined || state.hop === next.state.hop) return;
  if (state.sending.phase === 'waiting') return;
  const messageIds = Array.from({ length: state.sending.index + 1 }, (_, index) =>
    messageIdOf(run._id, { step: state.step, hop: state.hop, index }),
  );
  await deps.world.withdraw({ messageIds });
}

/** A first try is made here; a repeat belongs to the provider's queue, where its limit lives. */
function mayTry(input: AdvanceInput, isQueued: boolean): boolean {
  return isQueued || input.state?.sending?.phase !== 'retrying';
}

async function tell(turn: Turn, input: AdvanceInput): Promise<Transition> {
  const { deps, journey, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  if (input.state === null || input.effect === null) return begin(journey, at, turn.zone);
  const { state, effect } = input;
  if (turn.status === 'stopped') return step(turn, state, { kind: 'stopped', at });
  switch (input.news.kind) {
    case 'entered':
    case 'control':
    case 'perform':
      return { state, effect, walked: [] };
    case 'elapsed':
      // The world's timer may fire a moment early in the run's time: the wait is over all the same.
      return step(turn, state, { kind: 'elapsed', at: Math.max(at, untilOf(effect) ?? at) });
    case 'events':
      return hearEvents(turn, { state, effect, walked: [] }, input.news, at);
  }
}

function untilOf(effect: Effect): number | undefined {
  return effect.do === 'await' ? effect.until : undefined;
}

function step(turn: Turn, state: RunState, happening: Happening): Transition {
  const { entry } = turn.run;
  const own = { ...entry, at: toRunTime(turn.clock, entry.at) };
  return advance(turn.journey, state, happening, { entry: own, zone: turn.zone });
}

/** Goes on from one transition with the next happening, keeping the whole way walked. */
function then(turn: Turn, from: Transition, happening: Happening): Transition {
  const next = step(turn, from.state, happening);
  return { ...next, walked: [...from.walked, ...next.walked] };
}

async function hearEvents(
  turn: Turn,
  from: Transition,
  news: Extract<News, { kind: 'events' }>,
  at: number,
): Promise<Transition> {
  const events = await turn.deps.events.byIds(news.ids);
  return hear(turn, from, events, at);
}

/** Exits are heard first: nothing may go out to somebody who has just left. */
function hear(
  turn: Turn,
  from: Transition,
  events: readonly StoredEvent[],
  at: number,
): Transition {
  const happenings = events.flatMap((event) => happeningOf(turn, event, at) ?? []);
  for (const happening of happenings) {
    if (happening.kind !== 'event' || !turn.run.exits.includes(happening.event.name)) continue;
    const next = then(turn, from, happening);
    if (next.effect.do === 'end') return next;
  }
  let transition = from;
  for (const happening of happenings) {
    if (transition.effect.do === 'end') break;
    transition = then(turn, transition, happening);
  }
  return transition;
}

function happeningOf(turn: Turn, event: StoredEvent, at: number): Happening | null {
  const meaning = RECEIPT_EVENTS[event.name];
  const messageId = event.properties.message_id;
  if (meaning !== undefined && typeof messageId === 'string') {
    const place = placeOfMessage(turn.run._id, messageId);
    if (place !== null) return { kind: 'receipt', at, ...place, receipt: meaning.receipt };
  }
  return { kind: 'event', at, event: eventInRunTime(turn.clock, runEvent(event)) };
}

/** Answers what the engine asks until it has to wait, to send once more, or has ended. */
async function settle(
  turn: Turn,
  from: Transition,
  mayTrySend: boolean,
): Promise<{ transition: Transition; parked: boolean }> {
  let transition = from;
  let sent = false;
  for (;;) {
    const { effect, state } = transition;
    if (effect.do === 'end') return { transition, parked: false };
    if (effect.do === 'await') {
      const heard = await hearMissed(turn, transition);
      if (heard === null) return { transition, parked: false };
      transition = heard;
      continue;
    }
    if (turn.status !== 'live') return { transition, parked: true };
    if (effect.do === 'send') {
      // What was decided on the way here must stand before anything goes out: hand it back first.
      const retrying = state.sending?.phase === 'retrying';
      if (sent || turn.decided || retrying || !mayTrySend) return { transition, parked: false };
      sent = true;
      const outcome = await turn.deps.world.send(sendRequest(turn, effect));
      transition = then(turn, transition, inRunTime(turn, outcome));
      continue;
    }
    turn.decided = true;
    transition = then(turn, transition, await decide(turn, effect, state.step));
  }
}

function sendRequest(
  turn: Turn,
  effect: Extract<Effect, { do: 'send' }>,
): Parameters<RunWorld['send']>[0] {
  const { run, clock } = turn;
  const { step: stepId, hop } = effect;
  return {
    messageId: messageIdOf(run._id, effect),
    runId: run._id,
    profileId: run.profileId,
    journey: run.journey,
    version: run.version,
    step: stepId,
    channel: effect.channel,
    template: effect.template,
    deadline: toWorldTime(clock, effect.deadline),
    entry: run.entry,
    entryKey: run.entryKey,
    withdraw: effect.withdraw.map((index) => messageIdOf(run._id, { step: stepId, hop, index })),
  };
}

type Outcome = Awaited<ReturnType<RunWorld['send']>>;

function inRunTime(turn: Turn, outcome: Outcome): Happening {
  const { clock, deps } = turn;
  const at = toRunTime(clock, deps.clock());
  if (outcome.kind === 'later') {
    const retryAt = toRunTime(clock, outcome.retryAt);
    return { kind: 'sending', at, outcome: { ...outcome, retryAt } };
  }
  if (outcome.kind === 'unsure') {
    return { kind: 'sending', at, outcome: { ...outcome, askAt: toRunTime(clock, outcome.askAt) } };
  }
  return { kind: 'sending', at, outcome };
}

async function decide(
  turn: Turn,
  effect: Extract<Effect, { do: 'decide' | 'localTime' }>,
  stepId: string,
): Promise<Happening> {
  const { deps, run, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  if (effect.do === 'localTime') {
    return { kind: 'instant', at, instant: deps.world.nextLocalTime(effect, turn.zone, at) };
  }
  const index = await deps.world.decide(run, casesOf(turn.journey, stepId), deps.clock());
  return { kind: 'decided', at, index };
}

/**
 * Events that were applied after this step began but before the run was seen to listen: without
 * this look back they would be lost between two chairs.
 */
async function hearMissed(turn: Turn, transition: Transition): Promise<Transition | null> {
  const { effect, state } = transition;
  if (effect.do !== 'await') return null;
  const { events: names, receipts } = effect.listens;
  if (names.length === 0 && !receipts) return null;
  await turn.deps.runs.listen(turn.run._id, effect.listens);
  const { deps, run, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  const missed: Happening[] = [];
  if (names.length > 0) {
    const since = Math.floor(toWorldTime(clock, state.since));
    const events = await deps.events.receivedSince(run.profileId, names, since);
    missed.push(...events.flatMap((event) => happeningOf(turn, event, at) ?? []));
  }
  if (receipts) {
    for (const known of await deps.world.receipts(run._id)) {
      const place = placeOfMessage(run._id, known.messageId);
      if (place !== null) missed.push({ kind: 'receipt', at, ...place, receipt: known.receipt });
    }
  }
  for (const happening of missed) {
    const next = then(turn, transition, happening);
    if (JSON.stringify(next.state) !== JSON.stringify(state)) return next;
  }
  return null;
}

function answer(turn: Turn, transition: Transition, parked: boolean): AdvanceResult {
  const { effect, state, walked } = transition;
  const { clock, deps } = turn;
  const result = { state, effect, walked, parked, sendQueue: null, wakeAt: null, sendWithinMs: 0 };
  if (effect.do === 'await' && effect.until !== undefined) {
    return { ...result, wakeAt: toWorldTime(clock, effect.until) };
  }
  if (effect.do === 'send' && state.sending?.phase === 'retrying') {
    return {
      ...result,
      sendQueue: deps.world.sendQueue(effect.channel),
      sendWithinMs: toWorldTime(clock, effect.deadline) - deps.clock(),
    };
  }
  return result;
}
