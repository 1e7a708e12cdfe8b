import { DomainError } from '#domain/errors.ts';
import { checkAddress, type OutboundRules } from '#platform/outbound-address.ts';

/** Redirects followed: a link of a cloud drive takes two or three. */
const REDIRECTS_MAX = 5;
/** Until the answer begins, in ms. */
const ANSWER_WITHIN_MS = 30_000;
/** A whole file may take this long; longer ones are better uploaded. */
const FILE_WITHIN_MS = 60 * 60 * 1000;

/** Feeds often live in the shop's own network. */
const RULES: OutboundRules = {
  allowsHttp: true,
  allowsPrivate: true,
  purpose: 'which no file comes from',
};

/** A file behind a URL. */
export interface FetchedFile {
  bytes: AsyncIterable<Buffer>;
  /** The answer's content type; empty without one. */
  type: string;
  /** The path's last part, for its ending. */
  name: string;
}

/**
 * Opens the file behind an http or https address. Addresses at which clouds keep the secrets of
 * machines (link-local ones) are refused, redirects included.
 * @throws DomainError `invalid` with a sentence; it never repeats the address.
 */
export async function fetchFile(address: string): Promise<FetchedFile> {
  let url = await checkAddress(address, RULES);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const answer = await ask(url);
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      await answer.body?.cancel();
      url = await checkAddress(location, RULES, url.href);
      continue;
    }
    if (!answer.ok || answer.body === null) {
      await answer.body?.cancel();
      throw refused(`The address answered ${String(answer.status)}.`);
    }
    const name = decoded(url.pathname.split('/').at(-1) ?? '');
    return { bytes: bytesOf(answer.body), type: answer.headers.get('content-type') ?? '', name };
  }
  throw refused(`The address redirects more than ${String(REDIRECTS_MAX)} times.`);
}

async function ask(url: URL): Promise<Response> {
  const limit = new AbortController();
  const late = setTimeout(() => {
    limit.abort();
  }, ANSWER_WITHIN_MS);
  try {
    return await fetch(url, {
      redirect: 'manual',
      // What is packed is unpacked here, within our own limits.
      headers: { 'accept-encoding': 'identity' },
      signal: AbortSignal.any([limit.signal, AbortSignal.timeout(FILE_WITHIN_MS)]),
    });
  } catch {
    throw refused('Nothing answers at the address.');
  } finally {
    clearTimeout(late);
  }
}

async function* bytesOf(body: NonNullable<Response['body']>): AsyncGenerator<Buffer> {
  try {
    for await (const part of body) yield Buffer.from(part);
  } catch {
    throw refused('The file broke off while it was read.');
  }
}

function refused(detail: string): DomainError {
  return new DomainError('invalid', detail, { faults: [{ pointer: '#/url', detail }] });
}

/** A stray % is no reason not to read the file. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
