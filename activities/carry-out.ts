import { toRunTime, toWorldTime } from '#domain/journey/rehearsal.ts';
import { readEntry, scalarText } from '#domain/journey/match-event.ts';
import { UNLESS_WITHIN } from '#domain/journey/steps/send.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { negate, parseDuration } from '#domain/time/duration.ts';
import type { Effect, Happening, RunState, SendOutcome, Transition } from '#domain/journey/run.ts';
import type { Channel } from '#domain/message/message.ts';
import { hearMissed } from './hear-events.ts';
import { messageIdOf } from './message-id.ts';
import { callWebhook, doTask } from './make-call.ts';
import { then, type Turn } from './run-turn.ts';
import { casesOf } from './run-world.ts';
import type { SendRequest } from './send-message.ts';

/** Where a run stands; `parked` while its journey is paused. */
export interface Standing {
  transition: Transition;
  parked: boolean;
}

/**
 * Answers what the engine asks until it has to wait, to send once more, or has ended. One send or
 * call at most: a local activity should not hold a workflow task for long.
 */
export async function settle(
  turn: Turn,
  from: Transition,
  mayTry: (channel: Channel) => boolean,
): Promise<Standing> {
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
    if (turn.status !== 'live' && !(await isLiveAgain(turn))) {
      if (turn.status !== 'stopped') return { transition, parked: true };
      const at = toRunTime(turn.clock, turn.deps.clock());
      transition = then(turn, transition, { kind: 'stopped', at });
      continue;
    }
    if (isForOthers(turn, effect, sent ? null : mayTry)) return { transition, parked: false };
    if (effect.do === 'send') {
      sent = true;
      const outcome = await turn.deps.world.send(sendRequest(turn, effect, state));
      transition = then(turn, transition, inRunTime(turn, outcome));
      continue;
    }
    turn.decided = true;
    transition = then(turn, transition, await answerTo(turn, effect, state.step));
  }
}

/**
 * Whether this execution leaves an effect to a later one. What was decided on the way here must
 * stand before anything goes out; and where slow calls hold up others none is made.
 */
function isForOthers(
  turn: Turn,
  effect: Question,
  mayTry: ((channel: Channel) => boolean) | null,
): boolean {
  if (effect.do === 'send') return turn.decided || mayTry?.(effect.channel) !== true;
  if (effect.do === 'task') return turn.decided;
  return effect.do === 'call' && (turn.decided || turn.calls === null);
}

/**
 * Says that the run is held before looking whether it must be: a resume before this look is seen
 * by it, and a later one finds the run among those to be told.
 */
async function isLiveAgain(turn: Turn): Promise<boolean> {
  await turn.deps.runs.hold(turn.run._id);
  const { journey, enteredAt } = turn.run;
  turn.status = await turn.deps.versions.statusFor(journey, enteredAt);
  return turn.status === 'live';
}

/** The run came to this channel in this very transition. */
function isFirstTry({ stood }: Turn, { hop, sending }: RunState): boolean {
  return stood?.hop !== hop || stood.sending?.index !== sending?.index;
}

/** What the world is asked at once. */
type Question = Exclude<Effect, { do: 'await' | 'end' }>;
type SendEffect = Extract<Effect, { do: 'send' }>;

function sendRequest(turn: Turn, effect: SendEffect, state: RunState): SendRequest {
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
    ...(turn.via !== null && { via: turn.via }),
    ...(isAbandoned(turn, effect) && { isAbandoned: true }),
    entry: run.entry,
    entryKey: run.entryKey,
    withdraw: effect.withdraw.map((index) => messageIdOf(run._id, { step: stepId, hop, index })),
    ...(effect.heldSince !== undefined && { heldSince: toWorldTime(clock, effect.heldSince) }),
    ...(turn.journey.gate !== undefined && { gate: turn.journey.gate }),
    ...unlessOf(turn, stepId),
    ...trackingOf(turn, stepId),
    ...(run.responses !== undefined && { responses: run.responses }),
    ...(isFirstTry(turn, state) ? { firstTry: { person: turn.person } } : {}),
  };
}

/** Another channel of the cascade follows when this one's patience is over. */
function isAbandoned({ journey }: Turn, { step: stepId, index }: SendEffect): boolean {
  const step = journey.steps[stepId];
  const cascade = step !== undefined && 'send' in step ? step.send.cascade : undefined;
  return cascade !== undefined && index < cascade.length - 1;
}

/** What the step says of tracking, whatever its template says. */
function trackingOf({ journey }: Turn, stepId: string): Pick<SendRequest, 'tracking'> {
  const step = journey.steps[stepId];
  const tracking = step !== undefined && 'send' in step ? step.send.tracking : undefined;
  return tracking === undefined ? {} : { tracking };
}

/** What the customer did in the world, and not in a rehearsal's time. */
function unlessOf({ run, journey, zone, deps }: Turn, stepId: string): Pick<SendRequest, 'unless'> {
  const step = journey.steps[stepId];
  const unless = step !== undefined && 'send' in step ? step.send.unless : undefined;
  if (unless === undefined) return {};
  const { bought, seen, within = UNLESS_WITHIN } = unless;
  const product = bought === undefined ? null : scalarText(readEntry(run.entry, bought));
  const since = addDuration(deps.clock(), negate(parseDuration(within)), zone);
  return {
    unless: {
      since,
      ...(product === null ? {} : { bought: product }),
      ...(seen === undefined ? {} : { seen }),
    },
  };
}

function inRunTime(turn: Turn, outcome: SendOutcome): Happening {
  const { clock, deps } = turn;
  const at = toRunTime(clock, deps.clock());
  if (outcome.kind === 'later') {
    const retryAt = toRunTime(clock, outcome.retryAt);
    return { kind: 'sending', at, outcome: { ...outcome, retryAt } };
  }
  if (outcome.kind === 'held') {
    return { kind: 'sending', at, outcome: { ...outcome, until: toRunTime(clock, outcome.until) } };
  }
  if (outcome.kind === 'unsure') {
    return { kind: 'sending', at, outcome: { ...outcome, askAt: toRunTime(clock, outcome.askAt) } };
  }
  return { kind: 'sending', at, outcome };
}

async function answerTo(
  turn: Turn,
  effect: Exclude<Question, SendEffect>,
  stepId: string,
): Promise<Happening> {
  if (effect.do === 'call') return callWebhook(turn, effect);
  if (effect.do === 'task') return doTask(turn, effect);
  const { deps, run, clock } = turn;
  const at = toRunTime(clock, deps.clock());
  if (effect.do === 'localTime') {
    return { kind: 'instant', at, instant: deps.world.nextLocalTime(effect, turn.zone, at) };
  }
  const index = await deps.world.decide(run, casesOf(turn.journey, stepId), deps.clock());
  return { kind: 'decided', at, index };
}
