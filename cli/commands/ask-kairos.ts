import type { z } from 'zod';
import { CommandError, EXIT } from './command-error.ts';
import type { Place } from './find-installation.ts';
import { problemText } from './problem-text.ts';

/** Longest one answer may take, ms: beyond it Kairos is in trouble, which is an answer too. */
const TIMEOUT_MS = 30_000;

/** What one question needs; without `open` the admin key is sent along. */
interface Question<T> {
  readonly reply: z.ZodType<T>;
  readonly body?: object;
  readonly open?: boolean;
  /** Statuses beside 200 that carry an answer, too. */
  readonly also?: readonly number[];
}

/** Asks a running Kairos over HTTP, as any other program would; errors are told with a way out. */
export class KairosApi {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  get url(): string {
    return this.#place.url;
  }

  /** The answer to a GET, or to a POST where there is a body; null for 404. @throws CommandError */
  async ask<T>(route: string, question: Question<T>): Promise<T | null> {
    const { reply, body, open = false, also = [] } = question;
    const answer = open ? await this.#send(route, body) : await this.#sendWithKey(route, body);
    const told: unknown = await answer.json().catch(() => undefined);
    if (answer.ok || also.includes(answer.status)) return this.#read(reply, told);
    const problem = problemText(told);
    if (problem === null) throw this.#stranger();
    if (answer.status === 404) return null;
    throw this.#refused(answer.status, problem);
  }

  async #sendWithKey(route: string, body: object | undefined): Promise<Response> {
    const { keys, dataDir, url } = this.#place;
    for (const key of keys) {
      const answer = await this.#send(route, body, key);
      if (answer.status !== 401 || key === keys.at(-1)) return answer;
    }
    throw new CommandError(
      `No admin key is known for ${url}: ${dataDir} holds none for it. ` +
        'Set KAIROS_ADMIN_KEY, or name the data folder (--data-dir).',
      EXIT.unreachable,
    );
  }

  async #send(route: string, body: object | undefined, key?: string): Promise<Response> {
    try {
      return await fetch(this.#place.url + route, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new CommandError(
        `Nothing answers at ${this.#place.url}. Is Kairos running? Start it with: npx kairos up\n` +
          'If it runs elsewhere, say where: --url URL, or --data-dir DIR for its data folder.',
        EXIT.unreachable,
      );
    }
  }

  #read<T>(reply: z.ZodType<T>, told: unknown): T {
    const read = reply.safeParse(told);
    if (read.success) return read.data;
    throw this.#stranger();
  }

  #stranger(): CommandError {
    return new CommandError(
      `What answers at ${this.#place.url} is not a Kairos that this command understands: ` +
        'another program, or another version.',
      EXIT.unreachable,
    );
  }

  #refused(status: number, problem: string): CommandError {
    if (status === 401 || status === 403) {
      return new CommandError(
        `The Kairos at ${this.#place.url} does not take this key (${String(status)}). ` +
          'Give its admin key: KAIROS_ADMIN_KEY, or --data-dir DIR of the folder that holds it.',
        EXIT.unreachable,
      );
    }
    const code = status >= 500 ? EXIT.unreachable : EXIT.usage;
    return new CommandError(`Kairos answered ${String(status)}: ${problem}`, code);
  }
}
