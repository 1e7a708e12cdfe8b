import { createHmac, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { WholeKairos } from './whole-kairos.ts';

export const BROWSER_KEY = 'browser-key-of-whole-kairos';

export interface SiteMessage {
  id: string;
  channel: string;
  readAt: string | null;
  content: Record<string, unknown>;
}
export interface InboxReply {
  data: SiteMessage[];
  unread: number;
  next: string | null;
}

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** A browser of somebody: what it says, and what it is shown. */
export class SiteBrowser {
  readonly anonymousId = randomUUID();
  token: string | null = null;
  readonly #kairos: WholeKairos;

  constructor(kairos: WholeKairos) {
    this.#kairos = kairos;
  }

  get headers(): Record<string, string> {
    return {
      authorization: basic(BROWSER_KEY),
      ...(this.token === null
        ? { 'x-kairos-anonymous-id': this.anonymousId }
        : { 'x-kairos-user-token': this.token }),
    };
  }

  async says(kind: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#kairos.url}/v1/${kind}`, {
      method: 'POST',
      headers: { authorization: basic(BROWSER_KEY), 'content-type': 'application/json' },
      body: JSON.stringify({ anonymousId: this.anonymousId, ...body }),
    });
    expect(answer.status).toBe(200);
  }

  asks(by: string, name = 'Mug'): Promise<void> {
    return this.says('track', { event: 'Asked', properties: { by, name } });
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.#kairos.url}/v1/site/${path}`, { headers: this.headers });
  }

  async reads<T>(path: string): Promise<T> {
    const answer = await this.get(path);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  }

  /** Its inbox once there are so many messages in it. */
  inbox(count: number): Promise<InboxReply> {
    return this.#kairos.until(`${String(count)} messages in the inbox`, async () => {
      const inbox = await this.reads<InboxReply>('inbox');
      return inbox.data.length === count ? inbox : null;
    });
  }

  async tells(...receipts: { id: string; event: string }[]): Promise<unknown> {
    const answer = await fetch(`${this.#kairos.url}/v1/site/receipts`, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ receipts }),
    });
    expect(answer.status).toBe(200);
    return answer.json();
  }
}

/** As a shop's server signs it. */
export function userToken(kairos: WholeKairos, sub: string): string {
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, exp })}`;
  const key = kairos.environment.KAIROS_WRITE_KEY ?? '';
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

interface Told {
  id: string;
  name: string;
  data: string;
}

/** Server-sent events as they come. */
export class SiteEvents {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  private constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  static async open(kairos: WholeKairos, browser: SiteBrowser, last?: string): Promise<SiteEvents> {
    const headers = {
      ...browser.headers,
      ...(last === undefined ? {} : { 'last-event-id': last }),
    };
    const answer = await fetch(`${kairos.url}/v1/site/stream`, { headers });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    if (answer.body === null) throw new Error('a stream without a body');
    return new SiteEvents(answer.body);
  }

  /** The next event, of a name. */
  async next(name?: string): Promise<Told> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end === -1) {
        const { done, value } = await this.#reader.read();
        if (done) throw new Error('the stream ended');
        this.#text += new TextDecoder().decode(value);
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (of: string): string =>
        lines.find((line) => line.startsWith(`${of}: `))?.slice(of.length + 2) ?? '';
      const told = { id: field('id'), name: field('event'), data: field('data') };
      if (told.name !== '' && (name === undefined || told.name === name)) return told;
    }
  }

  close(): void {
    void this.#reader.cancel();
  }
}
