import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { JsonObject } from '#domain/json.ts';
import { DemoError } from '../demo/kairos-client.ts';

const pack = promisify(gzip);

/** Calls of one request: a router's turn, so that what others send waits for no more than that. */
const BATCH_CALLS_MAX = 250;
/** Below the API's limit of 500 KB, with room for the frame. */
const BATCH_BYTES_MAX = 400_000;
/** One request may take this long, in ms. */
const TIMEOUT_MS = 15_000;
/** Waits between attempts where the answer names none, in ms: doubled up to the last. */
const FIRST_PAUSE_MS = 250;
const PAUSE_MAX_MS = 4_000;
/** Retry-After is believed up to this, in seconds. */
const RETRY_AFTER_MAX_S = 30;
/** After so many attempts, about two minutes, something is wrong that waiting does not cure. */
const ATTEMPTS_MAX = 30;

const Answer = z.object({ rejected: z.array(z.unknown()).optional() });

export interface BatchDeps {
  url: string;
  writeKey: string;
  sleep(ms: number): Promise<unknown>;
}

/**
 * Sends tracking calls by `POST /v1/batch`, in order, as any customer's server would: when told to
 * wait, or when nobody answers, it waits and sends the same again, which `messageId` makes
 * harmless. Throws DemoError when a call is refused or nothing helps.
 */
export async function sendCalls(deps: BatchDeps, calls: readonly JsonObject[]): Promise<void> {
  for (const batch of batchesOf(calls)) await sendBatch(deps, batch);
}

/** Cuts calls (as JSON texts) into batches within the limits, the order kept. */
export function batchesOf(calls: readonly JsonObject[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const call of calls) {
    const text = JSON.stringify(call);
    const size = Buffer.byteLength(text) + 1;
    if (batch.length >= BATCH_CALLS_MAX || (batch.length > 0 && bytes + size > BATCH_BYTES_MAX)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(text);
    bytes += size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}

async function sendBatch(deps: BatchDeps, calls: readonly string[]): Promise<void> {
  const body = await pack(`{"batch":[${calls.join(',')}]}`);
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const answer = await post(deps, body);
    if (answer?.ok === true) {
      await assertTaken(answer);
      return;
    }
    if (answer !== null && !mayRepeat(answer.status)) {
      throw new DemoError(`POST /v1/batch was answered with ${String(answer.status)}.`);
    }
    await deps.sleep(retryAfterMs(answer) ?? pauseMs);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
  }
  throw new DemoError('POST /v1/batch was tried for minutes and never taken.');
}

/** Null where there was no answer, or only a part of one. */
async function post({ url, writeKey }: BatchDeps, body: Buffer): Promise<Response | null> {
  return fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => null);
}

async function assertTaken(answer: Response): Promise<void> {
  // An answer that breaks off after its status line is still a success: the write came before.
  const told = Answer.safeParse(await answer.json().catch(() => ({})));
  const rejected = told.success ? (told.data.rejected?.length ?? 0) : 0;
  if (rejected === 0) return;
  throw new DemoError(`POST /v1/batch refused ${String(rejected)} calls of the demo shop.`);
}

function mayRepeat(status: number): boolean {
  return status === 429 || status >= 500;
}

function retryAfterMs(answer: Response | null): number | null {
  const seconds = Number(answer?.headers.get('retry-after') ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds, RETRY_AFTER_MAX_S) * 1000 : null;
}
