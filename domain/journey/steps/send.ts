import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import type { SendingState } from '#domain/journey/run.ts';
import { ChannelWord, EntryPath, Key, Span, StepId } from '#domain/journey/words.ts';
import { askSending, hearSending, startSending } from '#domain/journey/steps/sending.ts';
import type { SendingPlan, SendingTurn } from '#domain/journey/steps/sending.ts';
import { nextsAndError } from '#domain/journey/steps/step-kind.ts';
import type { StepKind, Turn } from '#domain/journey/steps/step-kind.ts';

/** Each channel once, and room for some of them twice; more nobody could follow. */
const CASCADE_MAX = 10;
/** A channel of a cascade, the last one included, has an hour where nothing else is said. */
const PATIENCE_DEFAULT = 'PT1H';
/** A single message that could not be handed over for an hour says something that is past. */
const SEND_STALE = 'PT1H';

/** Whoever has got a message a hundred times will not read it the next time. */
export const SEEN_MAX = 100;
/** How far back the gate looks for what makes a message pointless, where nothing else is said. */
export const UNLESS_WITHIN = 'P30D';

/** What the customer did that makes a promotional message pointless. */
const Unless = z
  .strictObject({
    /** The product of which it speaks: whoever has bought it does not get it. */
    bought: EntryPath.optional(),
    /** Whoever got a message of this template so often does not get it again. */
    seen: z.int().min(1).max(SEEN_MAX).optional(),
    /** How far back that counts. */
    within: Span.optional(),
  })
  .refine(({ bought, seen }) => bought !== undefined || seen !== undefined, {
    error: 'Say what makes it pointless: the product "bought", or how often it was "seen".',
  });

const ENDS_OF_ONE: readonly string[] = ['sent', 'suppressed', 'failed'];
const ENDS_OF_CASCADE: readonly string[] = ['reached', 'exhausted'];

/** Sends one message in one channel, or tries several channels in order until one reaches. */
export const SendStep = z.strictObject({
  send: z.strictObject({
    template: Key,
    channel: ChannelWord.optional(),
    cascade: z
      .array(z.strictObject({ channel: ChannelWord, patience: Span.optional() }))
      .min(1)
      .max(CASCADE_MAX)
      .optional(),
    until: z.enum(['delivered', 'opened', 'clicked']).optional(),
    unless: Unless.optional(),
    /** `false`: its opens and clicks are not tracked, whatever its template says. */
    tracking: z.boolean().optional(),
  }),
  next: z.union([
    StepId,
    z.strictObject({
      sent: StepId.optional(),
      suppressed: StepId.optional(),
      failed: StepId.optional(),
      reached: StepId.optional(),
      exhausted: StepId.optional(),
    }),
  ]),
  /** Where a message leads that failed, where `next` does not say. */
  onError: StepId.optional(),
});
export type SendStep = z.infer<typeof SendStep>;

export const SEND: StepKind<SendStep> = {
  schema: SendStep,
  takesTime: false,
  ends: false,

  nexts: nextsAndError,
  faults: (step) => [...channelFaults(step), ...nextFaults(step)],
  listens: () => [],
  begin: (step, here) => turnOf(step, startSending(planOf(step), here)),

  hear: (step, here, happening) => {
    const turn = hearSending(planOf(step), here, happening);
    if (turn === null) return null;
    const left = turnOf(step, turn);
    const spared = sparedBy(step, here.state.sending, left);
    return left.go === 'leave' && spared !== null ? { ...left, spared } : left;
  },

  ask: (step, state) => askSending(planOf(step), state),
};

/** A single send is a cascade of one that is content with acceptance. */
function planOf(step: SendStep): SendingPlan {
  const { template, channel, cascade, until } = step.send;
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

function turnOf(step: SendStep, turn: SendingTurn): Turn {
  if ('stay' in turn) return { go: 'stay', sending: turn.stay };
  const outcome = step.send.cascade === undefined ? turn.end : cascadeWord(turn.end);
  const other = outcome === 'failed' ? step.onError : undefined;
  const next = typeof step.next === 'string' ? (other ?? step.next) : (step.next[outcome] ?? other);
  // A parsed definition has every arrow; the engine ends a run whose step is nowhere.
  return { go: 'leave', outcome, next: next ?? '' };
}

/** The first channel of a cascade that nobody had to send any more; null: there is none. */
function sparedBy(step: SendStep, sending: SendingState | undefined, turn: Turn): number | null {
  const channels = step.send.cascade?.length ?? 0;
  if (sending === undefined || turn.go !== 'leave' || turn.outcome !== 'reached') return null;
  // What the gate holds, or a provider has refused for now, did not go out either.
  const isOut = sending.phase !== 'held' && sending.phase !== 'retrying';
  const first = isOut ? sending.index + 1 : sending.index;
  return first < channels ? first : null;
}

function cascadeWord(end: 'sent' | 'suppressed' | 'failed'): 'reached' | 'exhausted' {
  return end === 'sent' ? 'reached' : 'exhausted';
}

function channelFaults(step: SendStep): Fault[] {
  const { channel, cascade, until } = step.send;
  const faults: Fault[] = [];
  if (channel === undefined && cascade === undefined) {
    faults.push({
      pointer: '/send/channel',
      detail: 'Say how to send it: one "channel", or a "cascade" of channels to try in order.',
    });
  }
  if (channel !== undefined && cascade !== undefined) {
    faults.push({
      pointer: '/send/channel',
      detail: 'Say either one "channel" or a "cascade" of channels, not both.',
    });
  }
  if (cascade === undefined && until !== undefined) {
    faults.push({
      pointer: '/send/until',
      detail: '"until" belongs to a cascade: a single message goes on as soon as it is sent.',
    });
  }
  return faults;
}

function nextFaults(step: SendStep): Fault[] {
  const isCascade = step.send.cascade !== undefined;
  if (isCascade && step.onError !== undefined) {
    const detail = 'A cascade goes on to its next channel: what reached nobody is "exhausted".';
    return [{ pointer: '/onError', detail }];
  }
  if (typeof step.next === 'string') return [];
  const wanted = isCascade ? ENDS_OF_CASCADE : ENDS_OF_ONE;
  const what = isCascade ? 'A cascade ends' : 'A single message ends';
  const words = `${what} as ${wanted.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
  const written = Object.keys(step.next);
  const said = step.onError === undefined ? written : [...written, 'failed'];
  const missing = wanted.filter((word) => !said.includes(word));
  const strange = written.filter((word) => !wanted.includes(word));
  return [
    ...missing.map((word) => ({
      pointer: `/next/${word}`,
      detail: `${words}: say which step follows "${word}".`,
    })),
    ...strange.map((word) => ({
      pointer: `/next/${word}`,
      detail: `${words}: "${word}" never happens here.`,
    })),
  ];
}
