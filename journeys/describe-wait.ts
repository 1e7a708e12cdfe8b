import type { Journey } from '#domain/journey/journey.ts';
import { toWorldTime } from '#domain/journey/rehearsal.ts';
import type { CallingState, RunState, SendingState } from '#domain/journey/run.ts';
import type { Channel } from '#domain/message/message.ts';
import type { StoredRun } from '#platform/documents.ts';
import { durationWords } from '#domain/time/duration-words.ts';
import { channelWord, faultWords, receiverWord } from './describe-step.ts';

/** What a run under way waits for now. */
export const WAITS = [
  ...([
    'start',
    'time',
    'event',
    'receipt',
    'retry',
    'send',
    'hold',
    'resume',
    'call',
    'task',
  ] as const),
] as const;

export interface RunWait {
  for: (typeof WAITS)[number];
  /** Null before the first step. */
  step: string | null;
  /** Epoch ms of the world's clock, also where the run lives faster. */
  since: number;
  /** Epoch ms at which it goes on by itself; null: only when something happens. */
  until: number | null;
  /** Names of the events that end this wait. */
  events: string[];
  words: string;
}

/** What this run waits for; null where it has ended. `definition` is the run's own version. */
export function describeWait(run: StoredRun, definition: Journey | null): RunWait | null {
  if (run.status !== 'running') return null;
  if (run.latest === null) {
    const words = 'its first step: the workflow is started within seconds';
    return { for: 'start', words, step: null, since: run.enteredAt, until: null, events: [] };
  }
  const { state, effect } = run.latest.transition;
  const clock = { enteredAt: run.enteredAt, speed: run.speed ?? 1 };
  const here = { step: state.step, since: toWorldTime(clock, state.since) };
  if (run.held === true) {
    const words = 'the journey to be resumed: it is paused and holds the run here';
    return { for: 'resume', words, ...here, until: null, events: [] };
  }
  const deadline = (state.sending ?? state.calling)?.deadline ?? state.task?.due;
  const until = effect.do === 'await' ? effect.until : deadline;
  return {
    ...wordsOf(state, definition),
    ...here,
    until: until === undefined ? null : toWorldTime(clock, until),
    events: effect.do === 'await' ? effect.listens.events : [],
  };
}

function wordsOf(state: RunState, definition: Journey | null): Pick<RunWait, 'for' | 'words'> {
  const step = definition?.steps[state.step];
  if (state.sending !== undefined) {
    const send = step !== undefined && 'send' in step ? step.send : undefined;
    return sendingWords(state.sending, send);
  }
  if (state.calling !== undefined) return callingWords(state.calling, step);
  if (state.task !== undefined) return taskWords(step);
  if (step !== undefined && 'waitFor' in step) {
    return { for: 'event', words: `the event "${step.waitFor.event}"` };
  }
  if (step !== undefined && 'wait' in step && typeof step.wait === 'string') {
    return { for: 'time', words: `${durationWords(step.wait)} to pass` };
  }
  return { for: 'time', words: "the time to come, by the customer's own clock" };
}

function taskWords(step: Journey['steps'][string] | undefined): Pick<RunWait, 'for' | 'words'> {
  const title = step !== undefined && 'task' in step ? `"${step.task.title}"` : '';
  return { for: 'task', words: `the task ${title} to be done by somebody of the shop` };
}

function callingWords(
  { phase, reason }: CallingState,
  step: Journey['steps'][string] | undefined,
): Pick<RunWait, 'for' | 'words'> {
  const receiver =
    step !== undefined && 'webhook' in step ? receiverWord(step.webhook) : 'a receiver';
  if (phase === 'calling') return { for: 'call', words: `the webhook at ${receiver} to answer` };
  const why = reason === undefined ? '' : `: ${faultWords(reason)}`;
  return { for: 'retry', words: `the next call of the webhook at ${receiver}${why}` };
}

type Send = Extract<Journey['steps'][string], { send: unknown }>['send'];

function sendingWords(
  { phase, index, heldFor }: SendingState,
  send: Send | undefined,
): Pick<RunWait, 'for' | 'words'> {
  const message = messageWord(send?.channel ?? send?.cascade?.[index]?.channel);
  switch (phase) {
    case 'calling':
      return { for: 'send', words: `${message} to be taken by its provider` };
    case 'waiting':
      return { for: 'receipt', words: receiptWords(message, index, send) };
    case 'retrying':
      return { for: 'retry', words: `the next try of ${message}: ${laterWords(heldFor)}` };
    case 'held':
      return { for: 'hold', words: `the gate to let ${message} out: ${holdWords(heldFor)}` };
    case 'unsure':
      return {
        for: 'receipt',
        words: `word of ${message}: the call to its provider ended without an answer`,
      };
  }
}

const HOLD_WORDS: Readonly<Record<string, string>> = {
  quietHours: "these are quiet hours by the customer's own clock",
  minDistance: 'the message before it was too short a time ago',
  priority: 'one of higher priority goes first',
  warmUp: 'its provider is new, and the mails of its warm-up plan for this day are used up',
};

function laterWords(reason: string | undefined): string {
  return reason === 'throttled'
    ? "the address's mailbox provider gets no more at this rate"
    : 'the provider said "later"';
}

function holdWords(reason: string | undefined): string {
  return HOLD_WORDS[reason ?? ''] ?? 'it is held';
}

function receiptWords(message: string, index: number, send: Send | undefined): string {
  const next = send?.cascade?.[index + 1]?.channel;
  const then = next === undefined ? '' : `; else ${channelWord(next)} is tried`;
  return `a receipt that ${message} was ${send?.until ?? 'delivered'}${then}`;
}

function messageWord(channel: Channel | undefined): string {
  return channel === undefined ? 'the message' : `the ${channelWord(channel)} message`;
}
