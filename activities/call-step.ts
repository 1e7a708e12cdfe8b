import type { CallOutcome } from '#domain/journey/run.ts';
import { callIdOf, TIMEOUT_DEFAULT_MS, type WebhookStep } from '#domain/journey/steps/webhook.ts';
import type { Json, JsonObject } from '#domain/json.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { longestMs } from '#domain/time/duration.ts';
import type { Connection } from '#domain/webhook/connection.ts';
import { nextCallAt, nextPlaceAt } from '#domain/webhook/next-call.ts';
import { readAnswer } from '#domain/webhook/read-answer.ts';
import type { Clock } from '#platform/clock.ts';
import type { Connections } from '#platform/connections.ts';
import type { StoredRun } from '#platform/documents.ts';
import { renderJson, type RenderedJson } from '#templates/render-json.ts';
import type { Post, PostWebhook } from '#webhooks/post-webhook.ts';
import { signedHeaders } from '#webhooks/sign-webhook.ts';
import { reasonUnrendered } from './reason-unrendered.ts';

type Webhook = WebhookStep['webhook'];

/** One call that a run wants made now. */
export interface CallRequest {
  run: StoredRun;
  webhook: Webhook;
  place: { step: string; hop: number };
  /** The customer as read for this transition; null if there is none. */
  person: Profile | null;
  /** IANA. */
  zone: string;
  /** Calls that came to nothing before. */
  tries: number;
  /** How often in a row there was no place for it since. */
  looks: number;
  /** Epoch ms when the patience with its receiver ends. */
  deadline: number;
  /** Aborted when nobody waits for it any more. */
  signal: AbortSignal;
}

/** How it ended, and what of its answer later steps may use. */
export interface Called {
  outcome: CallOutcome;
  values?: JsonObject;
}

export type CallStep = (request: CallRequest) => Promise<Called>;

export interface CallDeps {
  post: PostWebhook;
  connections: Connections;
  /** The shop's own id of a customer; null: there is none. */
  externalId: (profileId: string) => Promise<string | null>;
  settings: { currency: string; defaultLanguage: string };
  clock: Clock;
  /** 0 to 1. */
  chance: () => number;
  onCall?: (outcome: CallOutcome['kind']) => void;
}

/**
 * Calls of one process to one receiver under way at once: a slow one holds so many of the places
 * there are (worker/start-worker.ts) and no more, and its others wait outside. As many as there are
 * connections to one host (webhooks/post-webhook.ts).
 */
const PLACES = 16;
/** A rendered body, in characters: what most receivers take. */
const BODY_MAX = 64_000;

/** Codes of calls that would end the same way however often they are made. */
const FOR_GOOD: readonly string[] = ['EPRIVATE', 'ENOTLS', 'ERR_INVALID_CHAR'];

/**
 * Calls the webhook of a step once, with what is true of the customer now. At least once: a call
 * whose answer was lost is made again, by the same `Idempotency-Key`. Nothing of what is sent or
 * answered is in an error, a log or a history.
 */
export function createCallStep(deps: CallDeps): CallStep {
  const places = new Map<string, number>();
  return async (request) => {
    const called = await callOnce(deps, places, request);
    deps.onCall?.(called.outcome.kind);
    return called;
  };
}

async function callOnce(
  deps: CallDeps,
  places: Map<string, number>,
  request: CallRequest,
): Promise<Called> {
  const { host } = new URL(request.webhook.url);
  const taken = places.get(host) ?? 0;
  if (taken >= PLACES) {
    const { looks, deadline } = request;
    const retryAt = nextPlaceAt(deps.clock(), { looks, chance: deps.chance(), deadline });
    return { outcome: { kind: 'busy', retryAt } };
  }
  places.set(host, taken + 1);
  try {
    const prepared = await prepare(deps, request);
    return 'error' in prepared
      ? { outcome: { kind: 'error', reason: prepared.error } }
      : await made(deps, request, prepared);
  } finally {
    const left = (places.get(host) ?? 1) - 1;
    if (left > 0) places.set(host, left);
    else places.delete(host);
  }
}

async function made(
  { post, clock, chance }: CallDeps,
  { webhook, tries }: CallRequest,
  prepared: Post,
): Promise<Called> {
  const { status, fault, retryAfterMs, text } = await post(prepared);
  const retryAt = nextCallAt(clock(), { tries, chance: chance(), retryAfterMs });
  if (status === null) {
    const reason = fault ?? 'EUNKNOWN';
    if (FOR_GOOD.includes(reason)) return { outcome: { kind: 'error', reason } };
    return { outcome: { kind: 'unanswered', reason, retryAt } };
  }
  const outcome = { kind: 'answered', status, retryAt } as const;
  if (webhook.response === undefined) return { outcome };
  return { outcome, values: readAnswer(webhook.response, { status, text }) };
}

/** The call as it goes out, or why it cannot. */
async function prepare(deps: CallDeps, request: CallRequest): Promise<Post | { error: string }> {
  const { run, webhook, place, person, signal } = request;
  if (person?.erasedAt !== null) return { error: 'erased' };
  const connection = connectionOf(deps, webhook);
  if (connection === null) return { error: 'unknownConnection' };
  const ids = await idsOf(deps, request, person);
  const rendered = fill(deps, request, { person, ids });
  if (!('json' in rendered)) return { error: reasonUnrendered(rendered) };
  const { query, body } = rendered.json as unknown as Filled;
  const url = new URL(webhook.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, textOf(value));
  const text = body === null ? '' : JSON.stringify(body);
  if (text.length > BODY_MAX) return { error: 'tooLong' };
  const id = callIdOf(run._id, place);
  return {
    url: url.href,
    method: webhook.method ?? 'POST',
    headers: {
      ...webhook.headers,
      ...connection?.headers,
      ...signedBy(connection, { id, at: deps.clock(), body: text }),
      'idempotency-key': id,
    },
    body: text,
    withinMs: webhook.timeout === undefined ? TIMEOUT_DEFAULT_MS : longestMs(webhook.timeout),
    readsAnswer: webhook.response !== undefined,
    signal,
  };
}

/** Undefined: the step names none. Null: it names one that this address may not have. */
function connectionOf({ connections }: CallDeps, webhook: Webhook): Connection | undefined | null {
  if (webhook.connection === undefined) return undefined;
  const found = connections.get(webhook.connection);
  return found?.origin === new URL(webhook.url).origin ? found : null;
}

function signedBy(
  connection: Connection | undefined,
  call: { id: string; at: number; body: string },
): Record<string, string> {
  return connection === undefined || connection.secrets.length === 0
    ? {}
    : signedHeaders(connection.secrets, call);
}

/** Who and what it is about: also the body where a journey says none. */
async function idsOf(
  { externalId }: CallDeps,
  { run, place }: CallRequest,
  person: Profile,
): Promise<JsonObject> {
  return {
    profile: person._id,
    external: await externalId(person._id),
    run: run._id,
    journey: run.journey,
    step: place.step,
  };
}

interface Filled {
  query: JsonObject;
  /** Null: there is none. */
  body: Json;
}

function fill(
  { settings }: CallDeps,
  { run, webhook, zone }: CallRequest,
  { person, ids }: { person: Profile; ids: JsonObject },
): RenderedJson {
  const { currency, defaultLanguage } = settings;
  const { entry, entryKey, responses } = run;
  const links = { unsubscribe: '' };
  const scope = {
    ...templateScope({ profile: person, entry, entryKey, currency, links, responses }),
    ids,
  };
  const body = webhook.method === 'GET' ? null : ((webhook.body ?? ids) as Json);
  const language = person.language ?? defaultLanguage;
  const said: Json = { query: webhook.query ?? {}, body };
  return renderJson(said, scope, { language, zone, currency, trial: false });
}

function textOf(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
