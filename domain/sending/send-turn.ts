import type { Effect, Happening, Receipt, RunState, SendingState } from '#domain/journey/run.ts';
import {
  askSending,
  hearSending,
  startSending,
  type SendingPlan,
  type SendingTurn,
} from '#domain/journey/steps/sending.ts';
import type { Here } from '#domain/journey/steps/step-kind.ts';
import type { WantedChannels } from '#domain/sending/wanted-channels.ts';
import { addDuration } from '#domain/time/add-duration.ts';

/**
 * How a message or cascade to one person ends that belongs to no journey: that of a campaign's
 * recipient, or one that was asked for by itself.
 */
export const SEND_ENDS = ['sent', 'suppressed', 'failed'] as const;
export type SendEnd = (typeof SEND_ENDS)[number];

/** The engine of a journey's send step wants to know where it stands: there is one step here. */
const STEP = 'send';
/** A single message that could not be handed over for an hour says something that is past. */
const SEND_STALE = 'PT1H';
/** As in a journey, where nothing else is said. */
const PATIENCE_DEFAULT = 'PT1H';
/**
 * Receipts of a message under way are looked for after a second, then after as long again as it has
 * been waited for, up to this, in ms: a bounce is noticed soon, and a day's patience costs some
 * three hundred reads, which a campaign makes for a page of recipients at once.
 */
const LOOK_FIRST_MS = 1_000;
const LOOK_MAX_MS = 300_000;

/** Where one send stands, between two turns of it. */
export interface Progress {
  /** Absent before the first try. */
  sending?: SendingState;
  /** A provider was called, in some channel: what comes to nothing then has failed. */
  tried?: boolean;
  /** Why the last channel came to nothing. */
  reason?: string;
}

export type SendTurn = { ask: SendAsk; progress: Progress } | AfterTurn<SendEnd>;

/** One try in one channel. */
export type SendAsk = Extract<Effect, { do: 'send' }>;

/** Where a send stands after its turn: looked at again at `dueAt` (epoch ms), or at its end. */
export type AfterTurn<End> = { dueAt: number; progress: Progress } | Ended<End>;

export interface Ended<End> {
  end: End;
  reason: string | null;
}

/** What is wanted: a single message, or a cascade until it reaches. */
export function planOf({ channel, cascade, until }: WantedChannels, template: string): SendingPlan {
  if (cascade === undefined) {
    const channels = channel === undefined ? [] : [{ channel, patience: SEND_STALE }];
    return { template, channels, until: 'accepted' };
  }
  const channels = cascade.map((one) => ({
    channel: one.channel,
    patience: one.patience ?? PATIENCE_DEFAULT,
  }));
  return { template, channels, until: until ?? 'delivered' };
}

/** When a send is asked, and by which calendar. */
export interface Moment {
  /** Epoch ms. */
  at: number;
  zone: string;
}

/** What became of messages since: how far each came, by the channel's place in the cascade. */
export interface Heard {
  index: number;
  receipt: Receipt;
}

/** A send whose turn it is: the first, or what time and receipts have brought. */
export function takeTurn(
  plan: SendingPlan,
  progress: Progress,
  heard: readonly Heard[],
  moment: Moment,
): SendTurn {
  let now = progress;
  for (const { index, receipt } of heard) {
    if (now.sending === undefined) break;
    const happening = { kind: 'receipt', at: moment.at, hop: 0, index, receipt } as const;
    const turn = hearSending(plan, hereOf(now, moment), happening);
    if (turn === null) continue;
    if ('end' in turn) return endOf(now, turn.end);
    now = { ...now, sending: turn.stay };
  }
  const { sending } = now;
  // Saved while it was called: whether it was is for the ledger to say.
  if (sending?.phase === 'calling') return turnOf(plan, now, { stay: sending }, moment);
  const here = hereOf(now, moment);
  const turn =
    sending === undefined
      ? startSending(plan, here)
      : hearSending(plan, here, { kind: 'elapsed', at: moment.at });
  if (turn !== null) return turnOf(plan, now, turn, moment);
  return sending === undefined
    ? endOf(now, 'failed')
    : turnOf(plan, now, { stay: sending }, moment);
}

/** The send after a try, as the send operation reported it. */
export function afterTry(
  plan: SendingPlan,
  progress: Progress,
  outcome: Extract<Happening, { kind: 'sending' }>['outcome'],
  moment: Moment,
): SendTurn {
  const { kind } = outcome;
  const isHeldBack = kind === 'suppressed' || kind === 'held';
  const known: Progress = {
    ...progress,
    ...(!isHeldBack && { tried: true }),
    ...('reason' in outcome && { reason: outcome.reason }),
  };
  const happening = { kind: 'sending', at: moment.at, outcome } as const;
  const turn = hearSending(plan, hereOf(known, moment), happening);
  return turn === null ? endOf(known, 'failed') : turnOf(plan, known, turn, moment);
}

/**
 * A pause is no time that a message had: what waited for another try, or for word of a call that
 * broke off, has its whole patience again. `resumedAt` in epoch ms; null: it was never paused.
 */
export function afterPause(
  plan: SendingPlan,
  progress: Progress,
  resumedAt: number | null,
  zone: string,
): Progress {
  const { sending } = progress;
  if (sending === undefined || resumedAt === null || sending.triedAt >= resumedAt) return progress;
  if (sending.phase !== 'retrying' && sending.phase !== 'unsure') return progress;
  const patience = plan.channels[sending.index]?.patience ?? SEND_STALE;
  const deadline = addDuration(resumedAt, patience, zone);
  return { ...progress, sending: { ...sending, triedAt: resumedAt, deadline } };
}

function hereOf({ sending }: Progress, { at, zone }: Moment): Here {
  return { state: stateOf(sending, at), at, zone, entry: null };
}

function stateOf(sending: SendingState | undefined, at: number): RunState {
  return { step: STEP, since: at, hop: 0, ...(sending !== undefined && { sending }) };
}

function turnOf(plan: SendingPlan, before: Progress, turn: SendingTurn, { at }: Moment): SendTurn {
  if ('end' in turn) return endOf(before, turn.end);
  const progress: Progress = { ...before, sending: turn.stay };
  const effect = askSending(plan, stateOf(turn.stay, at));
  if (effect.do === 'send') return { ask: effect, progress };
  if (effect.do !== 'await') return endOf(progress, 'failed');
  return { dueAt: lookAt(turn.stay, effect.until ?? turn.stay.deadline, at), progress };
}

/** Where a receipt may change what follows it is looked for before time is over. */
function lookAt({ phase, triedAt }: SendingState, until: number, at: number): number {
  if (phase !== 'waiting' && phase !== 'unsure') return until;
  const again = Math.min(LOOK_MAX_MS, Math.max(LOOK_FIRST_MS, at - triedAt));
  return Math.min(until, at + again);
}

/** A cascade that nobody was called for, in any channel, was held back and did not fail. */
function endOf({ tried, reason }: Progress, end: SendEnd): Ended<SendEnd> {
  if (end === 'sent') return { end, reason: null };
  const isHeldBack = end === 'suppressed' || tried !== true;
  return { end: isHeldBack ? 'suppressed' : 'failed', reason: reason ?? 'exhausted' };
}
