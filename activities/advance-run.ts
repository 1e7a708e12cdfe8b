import { ApplicationFailure } from '@temporalio/common';
import { begin } from '#domain/journey/advance.ts';
import { toRunTime, toWorldTime, type RunClock } from '#domain/journey/rehearsal.ts';
import type { Effect, PathEntry, Transition } from '#domain/journey/run.ts';
import type { Channel } from '#domain/message/message.ts';
import type { StoredRun } from '#platform/documents.ts';
import { CALL_QUEUE, type AdvanceInput, type AdvanceResult } from '#workflows/contract.ts';
import { settle, type Standing } from './carry-out.ts';
import { hearEvents, hearLost, hearMissed, missedReceipt } from './hear-events.ts';
import { messageIdOf } from './message-id.ts';
import { runExpiry } from './run-expiry.ts';
import { step, then, type AdvanceDeps, type Execution, type Turn } from './run-turn.ts';
import type { Leaving } from './withdraw-messages.ts';

/**
 * What a call made at the very end of its patience may still take, in ms: the longest answer there
 * is (30 s), the reads around it, and one execution that was killed and is made again.
 */
const CALL_OVER_MS = 60_000;

/**
 * One transition of a run: tells the engine the news, answers what it asks of the profile, tries
 * at most one send, writes down where the run stands and says what to wait for. A repeat with the
 * same number answers what was written the first time, so that a decision is made once.
 */
export function createAdvanceRun(
  deps: AdvanceDeps,
): (input: AdvanceInput, temporalRunId: string, execution: Execution) => Promise<AdvanceResult> {
  return async function advanceRun(input, temporalRunId, execution) {
    const turn = await openTurn(deps, input, execution);
    const { run } = turn;
    if (run.latest !== null && run.latest.seq >= input.seq) {
      return standing(turn, input, run, run.latest);
    }
    const { transition, parked } = await decideNext(turn, input);
    await withdrawLeft(turn, input, transition);
    const saved = await deps.runs.save(run._id, {
      journey: run.journey,
      seq: input.seq,
      transition,
      heard: { kind: input.news.kind, refs: input.news.kind === 'events' ? input.news.ids : [] },
      path: await Promise.all(transition.walked.map((left) => inWorld(turn, left))),
      responses: turn.responses,
      held: parked,
      at: deps.clock(),
      temporalRunId,
      expiresAt: expiryOf(turn),
    });
    if (saved) {
      // Once more: a call that began in another execution meanwhile sees the end now.
      await withdrawEnded(turn, transition);
      return answer(turn, input, transition, parked);
    }
    // What was decided here is void: another execution was first, and its run may go on.
    const stands = await deps.runs.find(run._id);
    if (stands?.latest == null) throw ApplicationFailure.nonRetryable('no such run', 'RunNotFound');
    return standing(turn, input, stands, stands.latest);
  };
}

/** Reads what the transition needs, as it is now. */
async function openTurn(
  deps: AdvanceDeps,
  input: AdvanceInput,
  { via, calls }: Execution,
): Promise<Turn> {
  const run = await deps.runs.find(input.runId);
  if (run === null) throw ApplicationFailure.nonRetryable('no such run', 'RunNotFound');
  const [version, person, status] = await Promise.all([
    deps.versions.version(run.journey, run.version),
    deps.world.person(run.profileId),
    deps.versions.statusFor(run.journey, run.enteredAt),
  ]);
  if (version === null) {
    throw ApplicationFailure.nonRetryable('no such version', 'VersionNotFound');
  }
  const clock: RunClock = { enteredAt: run.enteredAt, speed: run.speed ?? 1 };
  const zone = person?.zone ?? deps.world.defaultZone;
  const stood = input.state;
  const journey = version.definition;
  const read = { deps, run, journey, clock, status, person, zone, stood };
  return { ...read, via, calls: calls ?? null, responses: {}, decided: false };
}

/**
 * What was written under this number stands. Its execution may have been cut off, and this repeat
 * may come with more news than that one had: those are handed back to be told next. What it left to
 * do after an end is done.
 */
async function standing(
  turn: Turn,
  input: AdvanceInput,
  run: StoredRun,
  { seq, transition, heard }: NonNullable<StoredRun['latest']>,
): Promise<AdvanceResult> {
  await withdrawEnded(turn, transition);
  const stands = await answer(turn, input, transition, run.held === true);
  const { news } = input;
  if (news.kind === 'control' && heard?.kind !== 'control') return { ...stands, unheard: news };
  if (news.kind !== 'events') return stands;
  const known = seq === input.seq ? (heard?.refs ?? []) : [];
  const ids = news.ids.filter((id) => !known.includes(id));
  return ids.length === 0 ? stands : { ...stands, unheard: { kind: 'events', ids } };
}

/** A step that was left as it is written down: at the world's time, with what a cascade saved. */
async function inWorld(turn: Turn, { spared, ...left }: PathEntry): Promise<PathEntry> {
  const { clock, deps, journey, person, run } = turn;
  const entry = { ...left, at: toWorldTime(clock, left.at) };
  const { reckonSaved } = deps.world;
  const step = journey.steps[left.step];
  if (spared === undefined || reckonSaved === undefined) return entry;
  if (step === undefined || !('send' in step)) return entry;
  const { template, cascade = [] } = step.send;
  const saved = await reckonSaved({
    person,
    of: { journey: run.journey, ...(journey.gate !== undefined && { gate: journey.gate }) },
    spared: cascade.slice(spared).map(({ channel }) => ({ channel, template })),
  });
  return { ...entry, saved };
}

/** When this run may be deleted if it ends now. */
function expiryOf({ deps, run, journey, zone }: Turn): Date | null {
  return runExpiry(run, journey, { endedAt: deps.clock(), keptMs: deps.runsKeptMs, zone });
}

async function withdrawEnded({ run, deps }: Turn, { effect }: Transition): Promise<void> {
  if (effect.do === 'end') await deps.world.withdraw(ofRun(run, effect));
}

/**
 * Nothing of a step that was left, or of a run that ended, may still go out: another execution may
 * be about to call a provider, so this is before the end is written. A call of a webhook takes so
 * long that another may well have gone on since, and stands beside no send: there it waits until
 * what it decided stands.
 */
async function withdrawLeft(turn: Turn, input: AdvanceInput, next: Transition): Promise<void> {
  const { run, deps } = turn;
  const { state } = input;
  if (turn.calls !== null) return;
  // A run that ends as it begins has tried one message at most, whose end this transition knows.
  if (state === null && turn.status === 'live') return;
  if (next.effect.do === 'end') {
    await deps.world.withdraw(ofRun(run, next.effect));
    return;
  }
  if (state?.sending === undefined || state.hop === next.state.hop) return;
  if (state.sending.phase === 'waiting') return;
  const messageIds = Array.from({ length: state.sending.index + 1 }, (_, index) =>
    messageIdOf(run._id, { step: state.step, hop: state.hop, index }),
  );
  await deps.world.withdraw({ messageIds });
}

function ofRun({ _id: runId }: StoredRun, { status }: Extract<Effect, { do: 'end' }>): Leaving {
  return { runId, cutOff: status === 'exited' || status === 'stopped' };
}

async function decideNext(turn: Turn, input: AdvanceInput): Promise<Standing> {
  const first = await tell(turn, input);
  if (input.news.kind === 'recall') return { transition: first, parked: false };
  return settle(
    turn,
    first,
    (channel) => turn.via !== null || !belongsToQueue(turn, input, channel),
  );
}

/**
 * A repeat belongs to its provider's queue, where the limit lives; a first try is made at once, but
 * for a provider whose rate somebody has set.
 */
function belongsToQueue({ deps }: Turn, { state, news }: AdvanceInput, channel: Channel): boolean {
  const isRepeat = state?.sending?.phase === 'retrying' || news.kind === 'recall';
  return isRepeat || deps.world.isPaced(channel);
}

async function enter(turn: Turn, at: number): Promise<Transition> {
  const { run, journey, clock, zone } = turn;
  const begun = begin(journey, at, zone, toRunTime(clock, toldOfEntry(run)));
  if (run.overtaken === true) return then(turn, begun, { kind: 'merged', at });
  const isLost = run.relisten === true && begun.effect.do !== 'end';
  return isLost ? hearLost(turn, begun) : begun;
}

/** What ends this run whatever the news is; null while nothing does. */
function endedFor({ status, run }: Turn): 'stopped' | 'merged' | null {
  if (status === 'stopped') return 'stopped';
  return run.overtaken === true ? 'merged' : null;
}

async function tell(turn: Turn, input: AdvanceInput): Promise<Transition> {
  const { deps, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  if (input.state === null || input.effect === null) return enter(turn, at);
  const { state, effect } = input;
  const ended = endedFor(turn);
  if (ended !== null) return step(turn, state, { kind: ended, at });
  switch (input.news.kind) {
    case 'control':
      return goOn(turn, { state, effect, walked: [] }, at);
    case 'entered':
    case 'perform':
    case 'recall':
      return { state, effect, walked: [] };
    case 'elapsed':
      return afterWait(turn, { state, effect, walked: [] }, at);
    case 'events':
      return hearEvents(turn, { state, effect, walked: [] }, input.news.ids);
  }
}

/**
 * When Kairos knew of the entry (epoch ms). What the customer did between an entering event and its
 * coming in late is older than the run; that Kairos came to it late is not the customer's concern.
 */
function toldOfEntry({ entry }: StoredRun): number {
  return entry.event?.receivedAt ?? entry.at;
}

/**
 * A wait is over; but what happened in it and is known already goes first, though its signal is
 * still on its way, or was lost with a worker that stood still.
 */
async function afterWait(turn: Turn, from: Transition, at: number): Promise<Transition> {
  const exited = turn.run.exits.length === 0 ? from : await hearLost(turn, from);
  if (exited.effect.do === 'end') return exited;
  // A queued send runs out of time where its answer was lost: what is known of it counts first.
  const isSending = from.effect.do === 'send';
  const heard = await (isSending ? missedReceipt(turn, from) : hearMissed(turn, from));
  if (heard !== null) return heard;
  // The world's timer may fire a moment early in the run's time: the wait is over all the same.
  return step(turn, from.state, {
    kind: 'elapsed',
    at: Math.max(at, untilOf(from.effect) ?? at),
  });
}

async function goOn(turn: Turn, from: Transition, at: number): Promise<Transition> {
  const next = isResumed(turn) ? step(turn, from.state, { kind: 'resumed', at }) : from;
  return turn.run.relisten === true ? hearLost(turn, next) : next;
}

function isResumed({ run, status }: Turn): boolean {
  return run.held === true && status === 'live';
}

function untilOf(effect: Effect): number | undefined {
  return effect.do === 'await' ? effect.until : undefined;
}

async function answer(
  turn: Turn,
  input: AdvanceInput,
  transition: Transition,
  parked: boolean,
): Promise<AdvanceResult> {
  const { effect, state, walked } = transition;
  const { clock, deps } = turn;
  const result = { state, effect, walked, parked, sendQueue: null, wakeAt: null, sendWithinMs: 0 };
  if (effect.do === 'await' && effect.until !== undefined) {
    return { ...result, wakeAt: toWorldTime(clock, effect.until) };
  }
  if (effect.do === 'call') {
    const leftMs = Math.max(0, toWorldTime(clock, effect.deadline) - deps.clock());
    return { ...result, sendQueue: CALL_QUEUE, sendWithinMs: leftMs + CALL_OVER_MS };
  }
  if (effect.do === 'send' && belongsToQueue(turn, input, effect.channel)) {
    return {
      ...result,
      sendQueue: await deps.world.sendQueue(
        effect.channel,
        messageIdOf(turn.run._id, effect),
        effect.template,
      ),
      sendWithinMs: toWorldTime(clock, effect.deadline) - deps.clock(),
    };
  }
  return result;
}
