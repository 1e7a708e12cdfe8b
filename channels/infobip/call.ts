import { z } from 'zod';
import { jsonOr } from '#channels/json-text.ts';
import { ProviderError, type Outgoing } from '#channels/provider.ts';
import {
  connectionFailure,
  retryAfterMs,
  statusFailure,
  withDeadline,
} from '#channels/read-failure.ts';

/** What all of Infobip's channels are told. */
export const InfobipAccount = z.object({
  apiKey: z.string().min(1),
  /** The account's own address, `https://….api.infobip.com`. */
  baseUrl: z.url(),
});
export type InfobipAccount = z.infer<typeof InfobipAccount>;

/** One call of Infobip's HTTP interface. */
interface InfobipCall {
  /** The provider's name, as its errors begin. */
  name: string;
  /** Path and query. */
  path: string;
  /** Sent as JSON; without it the call is a GET. */
  body?: unknown;
  timeoutMs: number;
}

const Refusal = z
  .object({ violations: z.array(z.object({ property: z.string() })) })
  .catch({ violations: [] });

/** The part of a request that holds the person's address. */
const RECIPIENT = /\bdestinations\b/;

/** Infobip's answer to a good call, as JSON; a refusal is thrown as ProviderError. */
export async function callInfobip(account: InfobipAccount, call: InfobipCall): Promise<unknown> {
  const { name, timeoutMs } = call;
  try {
    return await withDeadline(name, timeoutMs, request(account, call));
  } catch (error) {
    throw connectionFailure(name, error);
  }
}

async function request(
  { apiKey, baseUrl }: InfobipAccount,
  { name, path, body, timeoutMs }: InfobipCall,
): Promise<unknown> {
  const answer = await fetch(`${baseUrl.replace(/\/+$/, '')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `App ${apiKey}`,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await answer.text();
  if (answer.ok) return jsonOr(text, {});
  const { status } = answer;
  const wait = retryAfterMs(answer.headers.get('retry-after'), Date.now());
  const general = statusFailure(name, status, wait);
  if (general) throw general;
  const { violations } = Refusal.parse(jsonOr(text, {}));
  const isAddress = violations.some(({ property }) => RECIPIENT.test(property));
  throw new ProviderError(isAddress ? 'badAddress' : 'ourFault', `${name}-${String(status)}`);
}

/** Infobip's number of a status, beside its group. */
const DUPLICATE_ID = 23;
/** No such number, or none at all. */
const BAD_ADDRESS = new Set([8, 51, 52]);
/** On a list of those who do not want to be written to: the country's, or the account's own. */
const OPTED_OUT = new Set([10, 14]);

const Status = z.object({ groupName: z.string(), id: z.number(), name: z.string() });
const Sent = z.object({ messages: z.array(z.object({ status: Status })).min(1) });

/**
 * Throws for a message that Infobip refused in an answer that is otherwise good. An id it knows
 * already proves that it took the message before.
 */
export function checkTaken(name: string, answer: unknown): void {
  const read = Sent.safeParse(answer);
  // It said 200, and not what of: it may have taken the message.
  if (!read.success) throw new ProviderError('unsure', `${name}-answer`);
  for (const { status } of read.data.messages) {
    const isRefused = status.groupName === 'REJECTED' || status.groupName === 'UNDELIVERABLE';
    if (!isRefused || status.id === DUPLICATE_ID) continue;
    const code = `${name}-rejected-${String(status.id)}`;
    if (BAD_ADDRESS.has(status.id)) throw new ProviderError('badAddress', code);
    throw new ProviderError(OPTED_OUT.has(status.id) ? 'optedOut' : 'ourFault', code);
  }
}

const HOUR_MS = 3_600_000;
/** Infobip shows its log of the last 48 hours; an hour less, for clocks differ. */
const LOG_MS = 47 * HOUR_MS;

const Log = z.object({ results: z.array(z.object({ messageId: z.string(), status: Status })) });

/**
 * Looks a message up in a channel's log by the id we gave it: whether Infobip took it.
 * `since` is epoch ms of its first call. Throws ProviderError `unsure` where the log does not
 * reach back so far.
 */
export async function isInLog(
  account: InfobipAccount,
  call: { name: string; path: string; messageId: string; since: number; timeoutMs: number },
): Promise<boolean> {
  const { name, path, messageId, since, timeoutMs } = call;
  if (Date.now() - since > LOG_MS) throw new ProviderError('unsure', `${name}-log-over`);
  const query = new URLSearchParams({ messageId }).toString();
  const answer = await callInfobip(account, { name, path: `${path}?${query}`, timeoutMs });
  const read = Log.safeParse(answer);
  if (!read.success) throw new ProviderError('unsure', `${name}-log`);
  return read.data.results.some(
    (row) => row.messageId === messageId && row.status.groupName !== 'REJECTED',
  );
}

/** Shortest and longest time that Infobip's channels keep to, in seconds: half a minute, two days. */
const [VALIDITY_MIN_S, VALIDITY_MAX_S] = [30, 172_800];

/** How long a message may be tried for, in the words of a message's `options`. */
export function validity({ expiresInMs }: Pick<Outgoing, 'expiresInMs'>): object {
  if (expiresInMs === undefined) return {};
  const seconds = Math.min(
    VALIDITY_MAX_S,
    Math.max(VALIDITY_MIN_S, Math.floor(expiresInMs / 1_000)),
  );
  return { validityPeriod: { amount: seconds, timeUnit: 'SECONDS' } };
}

/** Infobip writes numbers without the plus. */
export function infobipNumber(e164: string): string {
  return e164.replace(/^\+/, '');
}
