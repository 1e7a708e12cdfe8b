import type { Effect, Happening, Receipt, RunState } from '#domain/journey/run.ts';
import type { SendingState, SendOutcome } from '#domain/journey/run.ts';
import type { Here } from '#domain/journey/steps/step-kind.ts';
import { HOLD_MAX_MS } from '#domain/message/gate/may-go.ts';
import type { Channel } from '#domain/message/message.ts';
import { addDuration } from '#domain/time/add-duration.ts';

/** What a step wants sent: channels in order, each with its patience, until it came so far. */
export interface SendingPlan {
  template: string;
  channels: { channel: Channel; patience: string }[];
  /** `accepted`: a single message, done as soon as a provider took it. */
  until: 'accepted' | 'delivered' | 'opened' | 'clicked';
}

/** How sending stands: under way, or at its end. `suppressed` and `failed`: nobody was reached. */
export type SendingTurn = { stay: SendingState } | { end: 'sent' | 'suppressed' | 'failed' };

/**
 * The gate gives up what it would hold too long. Should it ever not, or a clock be wrong, a run must
 * not stand still for it.
 */
const HELD_MAX_MS = 2 * HOLD_MAX_MS;

/** Who answers "try again at once" is asked again a second later, so that time always passes. */
const RETRY_MIN_MS = 1000;

/** How far each receipt says a message came: opened implies delivered, clicked implies opened. */
const REACH: Record<Receipt, number> = {
  refused: -1,
  accepted: 0,
  delivered: 1,
  opened: 2,
  clicked: 3,
};

export function startSending(plan: SendingPlan, here: Here): SendingTurn {
  return tryChannel(plan, here, 0, []);
}

/** What a happening changes; null where it is about something else. */
export function hearSending(
  plan: SendingPlan,
  here: Here,
  happening: Happening,
): SendingTurn | null {
  const { sending, hop } = here.state;
  if (sending === undefined) return null;
  if (happening.kind === 'sending') {
    return sending.phase === 'calling' ? answered(plan, here, sending, happening.outcome) : null;
  }
  if (happening.kind === 'elapsed') return elapsed(plan, here, sending);
  if (happening.kind === 'resumed') return resumed(plan, here, sending);
  if (happening.kind !== 'receipt' || happening.hop !== hop) return null;
  return received(plan, here, sending, happening);
}

/** What the world is asked for now: the call itself, or time and receipts. */
export function askSending(plan: SendingPlan, state: RunState): Effect {
  const { sending } = state;
  const channel = sending === undefined ? undefined : plan.channels[sending.index];
  if (sending === undefined || channel === undefined) {
    return { do: 'end', status: 'failed', outcome: 'stepMissing' };
  }
  if (sending.phase !== 'calling') {
    return { do: 'await', until: wakesAt(sending), listens: { events: [], receipts: true } };
  }
  return {
    do: 'send',
    step: state.step,
    hop: state.hop,
    index: sending.index,
    template: plan.template,
    channel: channel.channel,
    deadline: sending.deadline,
    withdraw: sending.withdraw ?? [],
    ...(sending.heldSince !== undefined && { heldSince: sending.heldSince }),
  };
}

function wakesAt(sending: SendingState): number {
  return Math.min(sending.retryAt ?? sending.deadline, sending.deadline);
}

function tryChannel(plan: SendingPlan, here: Here, index: number, withdraw: number[]): SendingTurn {
  const channel = plan.channels[index];
  if (channel === undefined) return { end: 'failed' };
  const deadline = addDuration(here.at, channel.patience, here.zone);
  const fresh = { index, triedAt: here.at, deadline, phase: 'calling' } as const;
  return { stay: withdraw.length === 0 ? fresh : { ...fresh, withdraw } };
}

/** Leaves this channel for the next; one that may still go out must be withdrawn first. */
function goOn(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  mayStillGoOut: boolean,
): SendingTurn {
  // A channel whose call was never answered still owes the withdrawal it was asked with.
  const owed = sending.phase === 'calling' ? (sending.withdraw ?? []) : [];
  return tryChannel(plan, here, sending.index + 1, [
    ...owed,
    ...(mayStillGoOut ? [sending.index] : []),
  ]);
}

/** The same channel in another phase; what was to be withdrawn went out with the call. */
function inPhase(
  sending: SendingState,
  phase: SendingState['phase'],
  retryAt?: number,
): { stay: SendingState } {
  const { index, triedAt, deadline, heldSince } = sending;
  const stay = { index, triedAt, deadline, phase, ...(heldSince !== undefined && { heldSince }) };
  return { stay: retryAt === undefined ? stay : { ...stay, retryAt } };
}

function answered(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  outcome: SendOutcome,
): SendingTurn {
  const after: SendingState = { ...sending, withdraw: [] };
  switch (outcome.kind) {
    case 'sent':
      return accepted(plan, here, after, outcome.deliveryReceipts);
    case 'suppressed':
    case 'failed':
      return plan.until === 'accepted' ? { end: outcome.kind } : goOn(plan, here, after, false);
    case 'later':
      return later(plan, here, after, outcome);
    case 'held':
      return held(plan, here, after, outcome);
    case 'unsure':
      return unsure(plan, here, after, outcome.askAt);
  }
}

function accepted(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  deliveryReceipts: boolean,
): SendingTurn {
  if (plan.until === 'accepted') return { end: 'sent' };
  // Where no receipt of delivery can ever come, acceptance is the best news there will be.
  if (plan.until === 'delivered' && !deliveryReceipts) return { end: 'sent' };
  return here.at >= sending.deadline
    ? goOn(plan, here, sending, false)
    : inPhase(sending, 'waiting');
}

function later(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  { retryAt, reason }: Extract<SendOutcome, { kind: 'later' }>,
): SendingTurn {
  const at = Math.max(retryAt, here.at + RETRY_MIN_MS);
  // A retry beyond the channel's patience would never be made: there is nothing to wait for.
  if (at < sending.deadline) {
    const { stay } = inPhase(sending, 'retrying', at);
    return { stay: reason === 'throttled' ? { ...stay, heldFor: reason } : stay };
  }
  return plan.until === 'accepted' ? { end: 'failed' } : goOn(plan, here, sending, true);
}

/** Nothing was tried yet: the channel's patience starts when the gate lets it. */
function held(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  { until, reason }: Extract<SendOutcome, { kind: 'held' }>,
): SendingTurn {
  const heldSince = sending.heldSince ?? here.at;
  const retryAt = Math.max(until, here.at + RETRY_MIN_MS);
  if (retryAt - heldSince > HELD_MAX_MS) {
    return plan.until === 'accepted' ? { end: 'suppressed' } : goOn(plan, here, sending, true);
  }
  const deadline = addDuration(retryAt, patienceOf(plan, sending), here.zone);
  const { index, triedAt } = sending;
  return {
    stay: { index, triedAt, deadline, phase: 'held', retryAt, heldSince, heldFor: reason },
  };
}

function patienceOf({ channels }: SendingPlan, { index }: SendingState): string {
  return channels[index]?.patience ?? 'PT0S';
}

function unsure(plan: SendingPlan, here: Here, sending: SendingState, askAt: number): SendingTurn {
  if (here.at < sending.deadline) {
    return inPhase(sending, 'unsure', Math.max(askAt, here.at + RETRY_MIN_MS));
  }
  // A single message whose end stays unknown counts as sent: better once too few than twice.
  return plan.until === 'accepted' ? { end: 'sent' } : goOn(plan, here, sending, true);
}

function elapsed(plan: SendingPlan, here: Here, sending: SendingState): SendingTurn | null {
  if (sending.phase === 'held')
    return here.at < wakesAt(sending) ? null : release(plan, here, sending);
  const isSingle = plan.until === 'accepted';
  if (here.at >= sending.deadline && !isSingle) {
    return goOn(plan, here, sending, sending.phase !== 'waiting');
  }
  const isAsleep = sending.phase === 'retrying' || sending.phase === 'unsure';
  if (!isAsleep || here.at < wakesAt(sending)) return null;
  if (sending.phase === 'retrying' && here.at >= sending.deadline) return { end: 'failed' };
  return inPhase(sending, 'calling');
}

/** However late it is asked again: nothing was tried, so its whole patience is there still. */
function release(plan: SendingPlan, here: Here, sending: SendingState): SendingTurn {
  const deadline = addDuration(here.at, patienceOf(plan, sending), here.zone);
  return inPhase({ ...sending, triedAt: here.at, deadline }, 'calling');
}

/** A call that a pause held back has its whole patience still: nothing was tried meanwhile. */
function resumed(plan: SendingPlan, here: Here, sending: SendingState): SendingTurn | null {
  const channel = plan.channels[sending.index];
  if (sending.phase !== 'calling' || channel === undefined) return null;
  const deadline = addDuration(here.at, channel.patience, here.zone);
  return { stay: { ...sending, triedAt: here.at, deadline } };
}

function received(
  plan: SendingPlan,
  here: Here,
  sending: SendingState,
  happening: { index: number; receipt: Receipt },
): SendingTurn | null {
  const { index, receipt } = happening;
  const wasTried = Number.isInteger(index) && index >= 0 && index <= sending.index;
  if (!wasTried) return null;
  if (receipt !== 'refused' && REACH[receipt] >= REACH[plan.until]) return { end: 'sent' };
  if (index < sending.index) return null;
  if (receipt === 'refused') {
    return plan.until === 'accepted' ? { end: 'failed' } : goOn(plan, here, sending, false);
  }
  // Any other receipt proves that the provider took it: it must not be called again.
  return sending.phase === 'waiting' ? null : accepted(plan, here, sending, true);
}
