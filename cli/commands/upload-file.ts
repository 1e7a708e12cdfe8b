import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CommandError, EXIT } from './command-error.ts';
import type { Place } from './find-installation.ts';

/** What a server answered, its JSON parsed; undefined where it is none. */
export interface Uploaded {
  status: number;
  body: unknown;
}

export interface Upload {
  /** Path and query. */
  route: string;
  headers: Readonly<Record<string, string>>;
  /** A file's path, streamed as it is; or a short text. */
  body: { file: string } | { text: string };
  /** Told how many bytes are on their way. */
  onSent?: (bytes: number) => void;
}

/**
 * Sends a file of any size to Kairos and waits for its answer, however long that looks through the
 * file: `fetch` would give up after five minutes. Keys are tried in turn. @throws CommandError
 */
export async function uploadFile(place: Place, upload: Upload): Promise<Uploaded> {
  for (const key of place.keys) {
    const answer = await send(place.url, key, upload);
    if (answer.status !== 401 || key === place.keys.at(-1)) return answer;
  }
  throw new CommandError(
    `No admin key is known for ${place.url}: ${place.dataDir} holds none for it. ` +
      'Set KAIROS_ADMIN_KEY, or name the data folder (--data-dir).',
    EXIT.unreachable,
  );
}

function send(
  base: string,
  key: string,
  { route, headers, body, onSent }: Upload,
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = base.startsWith('https:') ? requestHttps : requestHttp;
    const call = request(new URL(base + route), {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${key}` },
    });
    let isAnswered = false;
    call.on('response', (answer) => {
      isAnswered = true;
      read(answer).then(resolve, reject);
    });
    call.on('error', () => {
      // A refusal may come, and end the connection, while the file is still on its way.
      if (!isAnswered) reject(brokenOff(base));
    });
    if ('text' in body) {
      call.end(body.text);
      return;
    }
    let sent = 0;
    const file = createReadStream(body.file);
    file.on('data', (part) => {
      sent += part.length;
      onSent?.(sent);
    });
    file.on('error', () => {
      call.destroy();
      reject(new CommandError('The file cannot be read.', EXIT.usage));
    });
    file.pipe(call);
  });
}

async function read(answer: IncomingMessage): Promise<Uploaded> {
  const parts: string[] = [];
  answer.setEncoding('utf8');
  for await (const part of answer) parts.push(String(part));
  return { status: answer.statusCode ?? 0, body: parsed(parts.join('')) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function brokenOff(url: string): CommandError {
  return new CommandError(
    `The connection to ${url} broke off, or nothing answers there; nothing was changed. ` +
      'Is Kairos running? Start it with: npx kairos up',
    EXIT.unreachable,
  );
}
