import { ProviderError } from '#channels/provider.ts';

/** Codes of a connection that was never made: the provider cannot have seen the request. */
const NEVER_CONNECTED = new Set<unknown>([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** An error's causes are followed no further than this: a cycle must not hold us. */
const CAUSES_MAX = 5;

interface NodeFailure {
  code?: unknown;
  /** Nodemailer keeps Node's code here. */
  originalCode?: unknown;
  syscall?: unknown;
  cause?: unknown;
}

function wasNeverConnected(error: unknown): boolean {
  let here = error;
  for (let depth = 0; depth < CAUSES_MAX; depth++) {
    if (typeof here !== 'object' || here === null) return false;
    const { code, originalCode, syscall, cause }: NodeFailure = here;
    if (NEVER_CONNECTED.has(code) || NEVER_CONNECTED.has(originalCode)) return true;
    if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
    here = cause;
  }
  return false;
}

/**
 * A call that broke off without an answer: it may be repeated if no connection was made, else
 * its end is unknown. The error itself is not kept: libraries put addresses and keys into it.
 */
export function connectionFailure(provider: string, error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return wasNeverConnected(error)
    ? new ProviderError('retryLater', `${provider}-unreachable`)
    : new ProviderError('unsure', `${provider}-broken-off`);
}

/** One header of a library's answer, whose headers are an object of a class of its own. */
export function readHeader(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(headers, name)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Beyond an hour a Retry-After is no advice for one message any more. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** Reads `Retry-After` (seconds or an HTTP date); undefined if it says nothing useful. */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS);
}

/**
 * What an HTTP status asks for where the provider's own code says nothing better; null for
 * other 4xx, which every provider words itself. A 502 or 504 comes from a gateway that lost sight of what
 * stood behind it, so that the message may have gone out.
 */
export function statusFailure(
  provider: string,
  status: number,
  retryAfter?: number,
): ProviderError | null {
  const code = `${provider}-${String(status)}`;
  if (status === 429) return new ProviderError('retryLater', code, retryAfter);
  if (status === 401 || status === 403) return new ProviderError('ourFault', code);
  if (status === 502 || status === 504) return new ProviderError('unsure', code);
  if (status >= 500) return new ProviderError('retryLater', code, retryAfter);
  return null;
}

/**
 * Gives a call up after its time. Libraries' own timeouts count idle time or leave a phase out;
 * this one counts everything. The call may still end later, unheard.
 */
export async function withDeadline<T>(
  provider: string,
  timeoutMs: number,
  call: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ProviderError('unsure', `${provider}-timeout`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([call, deadline]);
  } finally {
    clearTimeout(timer);
    call.catch(() => undefined);
  }
}
