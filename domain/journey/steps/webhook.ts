import { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import type { CallingState, CallOutcome, RunState } from '#domain/journey/run.ts';
import { nextsAndError } from '#domain/journey/steps/step-kind.ts';
import type { Here, StepKind, Turn } from '#domain/journey/steps/step-kind.ts';
import { Span, StepId } from '#domain/journey/words.ts';
import { ConnectionName, HeaderName } from '#domain/webhook/connection.ts';
import { AnswerPath, VALUES_MAX, ValueName } from '#domain/webhook/read-answer.ts';
import { addDuration } from '#domain/time/add-duration.ts';
import { longestMs, readDuration, SECOND_MS } from '#domain/time/duration.ts';

/** Longer addresses are refused by many servers. */
const URL_LENGTH_MAX = 2_000;
const HEADERS_MAX = 20;
const HEADER_LENGTH_MAX = 500;
const QUERY_MAX = 20;
/** One Liquid text of a query or body, in characters. */
const TEXT_LENGTH_MAX = 2_000;
/** The body as it is written, in characters of JSON: what a person can read. */
const BODY_LENGTH_MAX = 16_000;
/** Who has not answered by then is in trouble, and a call that waits holds one of few places. */
const TIMEOUT_MAX_MS = 30 * SECOND_MS;
export const TIMEOUT_DEFAULT_MS = 10 * SECOND_MS;
/** How long a receiver in trouble is tried again, where nothing else is said. */
const PATIENCE_DEFAULT = 'PT15M';
/** Who answers "again at once" is called again a second later, so that time always passes. */
const RETRY_MIN_MS = SECOND_MS;

/** Answers that may be others a little later: too early, too many, or the receiver's own fault. */
const PASSING: readonly number[] = [408, 425, 429];

const Text = z.string().max(TEXT_LENGTH_MAX);

const HeaderValue = z
  .string()
  .max(HEADER_LENGTH_MAX)
  .regex(/^[\u0020-\u007e]*$/, { error: 'A header is written in visible ASCII characters.' });

const Timeout = Span.refine(
  (text) => {
    const read = readDuration(text);
    return !('ok' in read) || longestMs(read.ok) <= TIMEOUT_MAX_MS;
  },
  { error: 'An answer is awaited for at most 30 seconds (PT30S).' },
);

function atMost(count: number) {
  return {
    check: (values: object) => Object.keys(values).length <= count,
    error: `Name at most ${String(count)}.`,
  };
}

const headersBound = atMost(HEADERS_MAX);
const queryBound = atMost(QUERY_MAX);
const valuesBound = atMost(VALUES_MAX);

/** What an answer makes of the step: good, none, or one that says so in so many words. */
const Outcome = z.string().regex(/^(?:ok|failed|[2-5]\d\d)$/, {
  error: 'A call ends as ok, failed, or with a status such as 404.',
});

/** Calls an address of the shop, and goes on by what it answers. */
export const WebhookStep = z.strictObject({
  webhook: z.strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'Write an address that begins with https://.' })
      .max(URL_LENGTH_MAX),
    method: z.enum(['GET', 'POST', 'PUT']).optional(),
    query: z
      .record(z.string().min(1).max(100), Text)
      .refine(queryBound.check, { error: queryBound.error })
      .optional(),
    headers: z
      .record(HeaderName, HeaderValue)
      .refine(headersBound.check, { error: headersBound.error })
      .optional(),
    /** JSON; its texts are Liquid. */
    body: z.union([z.record(z.string(), z.json()), z.array(z.json())]).optional(),
    /** Whose secrets prove who calls (KAIROS_CONNECTIONS): none ever stands in a journey. */
    connection: ConnectionName.optional(),
    timeout: Timeout.optional(),
    /** How long it is called again where it does not answer, or answers 429 or 5xx. */
    patience: Span.optional(),
    /** What of a JSON answer later steps see as `responses.STEP.NAME`. */
    response: z
      .record(ValueName, AnswerPath)
      .refine(valuesBound.check, { error: valuesBound.error })
      .optional(),
  }),
  next: z.union([StepId, z.record(Outcome, StepId)]),
  /** Where a call that cannot be made leads, and what fails where `next` does not say. */
  onError: StepId.optional(),
});
export type WebhookStep = z.infer<typeof WebhookStep>;

export const WEBHOOK: StepKind<WebhookStep> = {
  schema: WebhookStep,
  takesTime: false,
  ends: false,

  nexts: nextsAndError,
  faults: (step) => [...addressFaults(step), ...bodyFaults(step), ...nextFaults(step)],
  listens: () => [],

  begin: (step, here) => {
    const deadline = deadlineOf(step, here);
    return { go: 'stay', calling: { tries: 0, deadline, phase: 'calling' } };
  },

  hear: (step, here, happening) => {
    const { calling } = here.state;
    if (calling === undefined) return null;
    if (happening.kind === 'elapsed') return elapsed(step, here, calling);
    if (calling.phase !== 'calling') return null;
    if (happening.kind === 'called') return called(step, here, calling, happening.outcome);
    if (happening.kind !== 'resumed') return null;
    // A call that a pause held back has its whole patience still: nothing was tried meanwhile.
    return { go: 'stay', calling: { ...calling, deadline: deadlineOf(step, here) } };
  },

  ask: (_step, state) => {
    const { calling, step, hop } = state;
    if (calling === undefined) return { do: 'end', status: 'failed', outcome: 'stepMissing' };
    const { phase, tries, deadline, retryAt, looks } = calling;
    if (phase === 'calling') {
      return { do: 'call', step, hop, tries, deadline, ...(looks !== undefined && { looks }) };
    }
    return {
      do: 'await',
      until: retryAt ?? deadline,
      listens: { events: [], receipts: false },
    };
  },
};

/** The id of all calls of one passage of a step: by it the receiver tells repeats. */
export function callIdOf(runId: string, { step, hop }: Pick<RunState, 'step' | 'hop'>): string {
  return `${runId}/${step}/${String(hop)}`;
}

function deadlineOf({ webhook }: WebhookStep, { at, zone }: Here): number {
  return addDuration(at, webhook.patience ?? PATIENCE_DEFAULT, zone);
}

function called(step: WebhookStep, here: Here, calling: CallingState, outcome: CallOutcome): Turn {
  switch (outcome.kind) {
    case 'answered':
      return answered(step, here, calling, outcome);
    case 'unanswered':
      return again(step, here, afterTry(calling), outcome);
    case 'busy': {
      const looked = { ...calling, looks: (calling.looks ?? 0) + 1 };
      return again(step, here, looked, { ...outcome, reason: 'busy' });
    }
    case 'error': {
      const { reason } = outcome;
      return { go: 'leave', outcome: 'error', next: nextOnError(step), reason };
    }
  }
}

function answered(
  step: WebhookStep,
  here: Here,
  calling: CallingState,
  { status, retryAt }: Extract<CallOutcome, { kind: 'answered' }>,
): Turn {
  const word = String(status);
  const named = typeof step.next === 'string' ? undefined : ownArrow(step.next, word);
  if (named !== undefined) return { go: 'leave', outcome: word, next: named };
  if (status >= 200 && status < 300)
    return { go: 'leave', outcome: 'ok', next: nextOf(step, 'ok') };
  const reason = `http${word}`;
  if (status < 500 && !PASSING.includes(status)) return fail(step, reason);
  return again(step, here, afterTry(calling), { retryAt, reason });
}

/** A call was made, for which there was a place. */
function afterTry({ tries, deadline, phase }: CallingState): CallingState {
  return { tries: tries + 1, deadline, phase };
}

/** Once more, where the patience reaches so far; what would come after it is not waited for. */
function again(
  step: WebhookStep,
  here: Here,
  { tries, deadline, looks }: CallingState,
  { retryAt, reason }: { retryAt: number; reason: string },
): Turn {
  const at = Math.max(retryAt, here.at + RETRY_MIN_MS);
  if (!(at < deadline)) return fail(step, reason);
  const stood = { tries, deadline, ...(looks !== undefined && { looks }) };
  return { go: 'stay', calling: { ...stood, phase: 'retrying', retryAt: at, reason } };
}

function elapsed(step: WebhookStep, here: Here, calling: CallingState): Turn | null {
  const { phase, deadline, retryAt, reason } = calling;
  if (phase === 'calling') {
    // The call found no place before the patience was over.
    return here.at >= deadline ? fail(step, reason ?? 'patienceOver') : null;
  }
  if (here.at < (retryAt ?? deadline)) return null;
  const { retryAt: _, ...stood } = calling;
  return { go: 'stay', calling: { ...stood, phase: 'calling' } };
}

function fail(step: WebhookStep, reason: string): Turn {
  return { go: 'leave', outcome: 'failed', next: nextOf(step, 'failed'), reason };
}

function nextOf({ next, onError }: WebhookStep, outcome: 'ok' | 'failed'): string {
  const other = outcome === 'failed' ? onError : undefined;
  // A parsed definition has every arrow; the engine ends a run whose step is nowhere.
  if (typeof next === 'string') return other ?? next;
  return ownArrow(next, outcome) ?? other ?? '';
}

function nextOnError(step: WebhookStep): string {
  return step.onError ?? nextOf(step, 'failed');
}

function ownArrow(next: Readonly<Record<string, string>>, outcome: string): string | undefined {
  return Object.hasOwn(next, outcome) ? next[outcome] : undefined;
}

function addressFaults({ webhook: { url } }: WebhookStep): Fault[] {
  if (/\{[{%]/.test(url)) {
    return [
      {
        pointer: '/webhook/url',
        detail:
          'An address is the same for everybody: what differs stands under "query" or in the "body".',
      },
    ];
  }
  if (!URL.canParse(url)) return [];
  const { username, password, hash } = new URL(url);
  if (username === '' && password === '' && hash === '') return [];
  return [
    {
      pointer: '/webhook/url',
      detail:
        'An address has no name, password or #part: secrets stand in a "connection" (KAIROS_CONNECTIONS).',
    },
  ];
}

function bodyFaults({ webhook: { method, body } }: WebhookStep): Fault[] {
  if (body === undefined) return [];
  if (method === 'GET') {
    const detail = 'GET has no body: what it asks stands under "query".';
    return [{ pointer: '/webhook/body', detail }];
  }
  if (JSON.stringify(body).length <= BODY_LENGTH_MAX) return [];
  const detail = `The body is too long: at most ${String(BODY_LENGTH_MAX)} characters of JSON.`;
  return [{ pointer: '/webhook/body', detail }];
}

function nextFaults({ next, onError }: WebhookStep): Fault[] {
  if (typeof next === 'string') return [];
  const words = 'A call ends as ok, failed, or with a status that is named here';
  const wanted = onError === undefined ? ['ok', 'failed'] : ['ok'];
  return wanted
    .filter((word) => !Object.hasOwn(next, word))
    .map((word) => ({
      pointer: `/next/${word}`,
      detail: `${words}: say which step follows "${word}".`,
    }));
}
