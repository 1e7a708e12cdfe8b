import { runEvent } from '#domain/apply/enter.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { exitMatches } from '#domain/journey/match-entry.ts';
import { isBeforeRun } from '#domain/journey/is-before-run.ts';
import { eventInRunTime, toRunTime, toWorldTime } from '#domain/journey/rehearsal.ts';
import type { Happening, Transition } from '#domain/journey/run.ts';
import { RECEIPT_EVENTS } from '#domain/message/receipts.ts';
import { placeOfMessage } from './message-id.ts';
import { then, type Turn } from './run-turn.ts';

/** Tells the run of the events whose signals came in. */
export async function hearEvents(
  turn: Turn,
  from: Transition,
  refs: readonly string[],
): Promise<Transition> {
  const events = await turn.deps.events.byRefs(refs);
  return hear(turn, from, events, toRunTime(turn.clock, turn.deps.clock()));
}

/** Exits are heard first: nothing may go out to somebody who has just left. */
function hear(
  turn: Turn,
  from: Transition,
  events: readonly StoredEvent[],
  at: number,
): Transition {
  const happenings = events.map((event) => happeningOf(turn, event, at));
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

function happeningOf(turn: Turn, event: StoredEvent, at: number): Happening {
  const meaning = RECEIPT_EVENTS[event.name];
  const messageId = event.properties.message_id;
  if (meaning !== undefined && typeof messageId === 'string') {
    const place = placeOfMessage(turn.run._id, messageId);
    if (place !== null) return { kind: 'receipt', at, ...place, receipt: meaning.receipt };
  }
  return { kind: 'event', at, event: eventInRunTime(turn.clock, runEvent(event)) };
}

/**
 * A run whose workflow was lost with Temporal is told again of every event that may end it: its
 * signals were lost, too. What its present step waits for is looked back at in any case.
 */
export async function hearLost(turn: Turn, from: Transition): Promise<Transition> {
  const { deps, run, journey, clock } = turn;
  const since = Math.min(run.entry.at, run.enteredAt);
  for await (const event of deps.events.receivedSince(run.profileId, run.exits, since)) {
    if (event._id === run.entry.id || isBeforeRun(event, run)) continue;
    if (exitMatches(journey, run.entry, runEvent(event)) === null) continue;
    return hear(turn, from, [event], toRunTime(clock, deps.clock()));
  }
  return from;
}

/**
 * Events that were applied after this step began but before the run was seen to listen: without
 * this look back they would be lost between two chairs.
 */
export async function hearMissed(turn: Turn, transition: Transition): Promise<Transition | null> {
  const { effect } = transition;
  if (effect.do !== 'await') return null;
  const { events: names, receipts } = effect.listens;
  if (names.length === 0 && !receipts) return null;
  await turn.deps.runs.listen(turn.run._id, effect.listens);
  const heard = names.length === 0 ? null : await missedEvent(turn, transition, names);
  return heard ?? (receipts ? missedReceipt(turn, transition) : null);
}

async function missedEvent(
  turn: Turn,
  from: Transition,
  names: readonly string[],
): Promise<Transition | null> {
  const { deps, run, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  // A rehearsed run's instant may be rounded up on its way to the world's: the engine looks closer.
  const since = Math.floor(toWorldTime(clock, from.state.since)) - 1;
  for await (const event of deps.events.receivedSince(run.profileId, names, since)) {
    const next = then(turn, from, happeningOf(turn, event, at));
    if (hasMoved(from, next)) return next;
  }
  return null;
}

/** What providers told meanwhile of this run's messages, where it changes anything. */
export async function missedReceipt(turn: Turn, from: Transition): Promise<Transition | null> {
  const { deps, run, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  for (const { messageId, receipt } of await deps.world.receipts(run._id)) {
    const place = placeOfMessage(run._id, messageId);
    if (place === null) continue;
    const next = then(turn, from, { kind: 'receipt', at, ...place, receipt });
    if (hasMoved(from, next)) return next;
  }
  return null;
}

/** A run that ends where it stands keeps its state. */
function hasMoved(from: Transition, next: Transition): boolean {
  if (next.effect.do === 'end') return true;
  return JSON.stringify(next.state) !== JSON.stringify(from.state);
}
