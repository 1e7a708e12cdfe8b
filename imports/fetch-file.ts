import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DomainError } from '#domain/errors.ts';
import { guardedLookup } from '#platform/guarded-lookup.ts';
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
 * machines (link-local ones) are refused, redirects included, and so are names that lead to one
 * only when the connection is made.
 * @throws DomainError `invalid` with a sentence; it never repeats the address.
 */
export async function fetchFile(address: string): Promise<FetchedFile> {
  let url = await checkAddress(address, RULES);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const answer = await ask(url);
    const { statusCode: status = 0 } = answer;
    const { location } = answer.headers;
    if (status >= 300 && status < 400 && location !== undefined) {
      answer.destroy();
      url = await checkAddress(location, RULES, url.href);
      continue;
    }
    if (status < 200 || status >= 300) {
      answer.destroy();
      throw refused(`The address answered ${String(status)}.`);
    }
    const name = decoded(url.pathname.split('/').at(-1) ?? '');
    return { bytes: bytesOf(answer), type: answer.headers['content-type'] ?? '', name };
  }
  throw refused(`The address redirects more than ${String(REDIRECTS_MAX)} times.`);
}

const LOOKUP = guardedLookup(RULES);

/** Answers when the headers are there; what follows breaks off where it takes too long. */
function ask(url: URL): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => call.destroy(), ANSWER_WITHIN_MS);
    const call = send(
      url,
      {
        lookup: LOOKUP,
        // What is packed is unpacked here, within our own limits.
        headers: { 'accept-encoding': 'identity', 'user-agent': 'Kairos-Imports/1' },
        signal: AbortSignal.timeout(FILE_WITHIN_MS),
      },
      (answer) => {
        clearTimeout(late);
        resolve(answer);
      },
    );
    call.on('error', () => {
      clearTimeout(late);
      reject(refused('Nothing answers at the address.'));
    });
    call.end();
  });
}

async function* bytesOf(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const part of answer) yield part as Buffer;
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
