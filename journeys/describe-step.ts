import type { Step } from '#domain/journey/steps/kinds.ts';
import { stepWordsIn } from '#domain/journey/steps/kinds.ts';
import { durationWords } from '#domain/time/duration-words.ts';

const CHANNEL_WORDS = {
  email: 'e-mail',
  sms: 'SMS',
  push: 'push',
  'web-push': 'web push',
  viber: 'Viber',
  'in-app': 'in-app message',
  inbox: 'inbox',
  widget: 'widget',
} as const;

/** A channel as people write it. */
export function channelWord(channel: keyof typeof CHANNEL_WORDS): string {
  return CHANNEL_WORDS[channel];
}

/** The word that names a step's kind (`wait`, `send` …); null where the step is not known. */
export function kindWord(step: Step | undefined): string | null {
  return step === undefined ? null : (stepWordsIn(step)[0] ?? null);
}

/**
 * What happened at a step, for a person who does not know its definition: the words follow from
 * the step as it was published and the outcome with which it was left.
 */
export function describeStep(step: Step | undefined, outcome: string, reason?: string): string {
  if (outcome === 'exited') return 'the run was ended here by an exit';
  if (outcome === 'stopped') return 'the run was ended here because the journey was stopped';
  if (step === undefined) return outcome;
  if ('wait' in step) return `waited ${waitWords(step.wait)}`;
  if ('waitFor' in step) {
    const { event, timeout } = step.waitFor;
    return outcome === 'received'
      ? `the event "${event}" came`
      : `the event "${event}" did not come within ${durationWords(timeout)}`;
  }
  if ('branch' in step) {
    return outcome === 'else' ? 'no case held, so "else" was taken' : `went on to "${outcome}"`;
  }
  if ('send' in step) return sendWords(step.send, outcome);
  if ('task' in step) return taskWords(step.task, outcome, reason);
  if ('webhook' in step) return callWords(step.webhook, outcome, reason);
  return `the end: ${outcome}`;
}

function waitWords(
  wait: string | { until: string; weekday?: number | string | undefined },
): string {
  if (typeof wait === 'string') return durationWords(wait);
  const day = wait.weekday === undefined ? '' : ` on weekday ${String(wait.weekday)}`;
  return `until ${wait.until}${day} by the customer's own clock`;
}

/** The host alone: whose system it is, and nothing of what it was told. */
export function receiverWord({ url }: Extract<Step, { webhook: unknown }>['webhook']): string {
  return URL.canParse(url) ? new URL(url).host : 'the receiver';
}

function callWords(
  webhook: Extract<Step, { webhook: unknown }>['webhook'],
  outcome: string,
  reason: string | undefined,
): string {
  const who = receiverWord(webhook);
  if (outcome === 'ok') return `the webhook at ${who} answered well`;
  const why = reason === undefined ? '' : `: ${faultWords(reason)}`;
  if (outcome === 'failed') return `the webhook at ${who} failed${why}`;
  if (outcome === 'error') return `the webhook at ${who} could not be called${why}`;
  return `the webhook at ${who} answered ${outcome}`;
}

function taskWords(
  { title }: Extract<Step, { task: unknown }>['task'],
  outcome: string,
  reason: string | undefined,
): string {
  if (outcome === 'timeout') return `the task "${title}" was not done in time`;
  const why = reason === undefined ? '' : `: ${faultWords(reason)}`;
  if (outcome === 'suppressed') return `the task "${title}" was not made${why}`;
  if (outcome === 'error') return `the task "${title}" could not be made${why}`;
  return `the task "${title}" was done: ${outcome}`;
}

const FAULT_WORDS: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'it did not answer in time',
  ECONNREFUSED: 'it took no connection',
  ECONNRESET: 'it broke the connection off',
  ENOTFOUND: 'its name is not known',
  EPRIVATE: 'its address leads into a private network',
  ENOTLS: 'its address is without TLS',
  busy: 'it is so slow that there was no place for this call',
  patienceOver: 'there was no place for this call in time',
  unknownConnection: 'there is no such connection for this address (KAIROS_CONNECTIONS)',
  erased: 'this customer was erased',
  noConsent: 'the customer did not agree to be called',
  noAddress: 'there is no number of this customer',
  aborted: 'a text of its definition aborts it',
  tooLong: 'its body is too long',
  templateError: 'a text of its definition cannot be filled in',
};

/** Why a call came to nothing, in words. */
export function faultWords(reason: string): string {
  const [, status] = /^http(\d+)$/.exec(reason) ?? [];
  if (status !== undefined) return `it answered ${status}`;
  const [, path] = /^missing:(.*)$/.exec(reason) ?? [];
  if (path !== undefined) return `there is no ${path} of this customer`;
  return FAULT_WORDS[reason] ?? reason;
}

type Send = Extract<Step, { send: unknown }>['send'];

const SEND_ENDS: Readonly<Record<string, string>> = {
  sent: 'was handed to the provider',
  suppressed: 'was not sent: Kairos held it back',
  failed: 'could not be sent',
  exhausted: 'reached nobody: every channel was tried',
};

function sendWords(send: Send, outcome: string): string {
  const what = `"${send.template}"`;
  const end =
    outcome === 'reached'
      ? `reached the customer (${send.until ?? 'delivered'})`
      : SEND_ENDS[outcome];
  const by = send.channel === undefined ? '' : ` by ${channelWord(send.channel)}`;
  return `${what}${by} ${end ?? outcome}`;
}
