import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { DomainError } from '#domain/errors.ts';
import type { StoredSiteMessage } from '#platform/site-documents.ts';
import { SiteStreams } from './site-streams.ts';

const message = (profileId: string): StoredSiteMessage => ({
  _id: `run/${profileId}/0/0`,
  channel: 'inbox',
  profileId,
  content: { channel: 'inbox', title: `For ${profileId}`, body: 'It waits' },
  createdAt: 1_000,
  expiresAt: new Date(2_000),
});

const NOW = 1_700_000_000_000;

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Settings {
  /** When a reader's right ends; `Infinity` in ms: never. */
  endsAfterMs?: number;
  mayRead?: () => Promise<boolean>;
  /** Until it is known who asks. */
  person?: () => Promise<void>;
}

/** Streams behind HTTP; what is sent is said by hand. */
async function opened({ endsAfterMs, mayRead, person }: Settings = {}) {
  let open = 0;
  const end = new AbortController();
  let say: (sent: StoredSiteMessage) => void = () => undefined;
  let breakOff = (): void => undefined;
  const streams = new SiteStreams({
    shelf: { standing: () => Promise.resolve([]) },
    clock: () => NOW,
    beatMs: 20,
    onCount: (count) => {
      open = count;
    },
    watch: ({ onMessage, onBreak }) => {
      [say, breakOff] = [onMessage, onBreak];
      return { close: () => Promise.resolve() };
    },
    ending: end.signal,
  });
  const app = express();
  app.get('/:person', async (req, res) => {
    try {
      await person?.();
      const reader = {
        profileId: req.params.person,
        endsAt: endsAfterMs === undefined ? null : NOW + endsAfterMs,
        mayRead: mayRead ?? (() => Promise.resolve(true)),
      };
      await streams.open(reader, req, res);
    } catch (error) {
      res.status(error instanceof DomainError ? 429 : 500).end();
    }
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    end,
    say: (sent: StoredSiteMessage) => {
      say(sent);
    },
    breakOff: () => {
      breakOff();
    },
    get: (person: string, signal?: AbortSignal) =>
      fetch(`http://127.0.0.1:${String(port)}/${person}`, signal === undefined ? {} : { signal }),
    open: () => open,
  };
}

/** All of an answer, once it has ended. */
const whole = (answer: Response): Promise<string> => answer.text();

describe('live streams', () => {
  it('tell each person of their own messages alone', async () => {
    const { get, say, breakOff } = await opened();
    const [anna, boris] = await Promise.all([get('anna'), get('boris')]);
    say(message('anna'));
    const first = anna.body?.getReader();
    const texts: string[] = [];
    while (!texts.join('').includes('event: message')) {
      const { value } = (await first?.read()) as { value: Uint8Array };
      texts.push(new TextDecoder().decode(value));
    }
    breakOff();
    texts.splice(0, texts.length, texts.join(''), await whole(boris));
    expect(texts[0]).toContain('For anna');
    expect(texts[1]).not.toContain('For anna');
  });

  it('are eight of one person at most, and free again when one is left', async () => {
    const { get, end } = await opened();
    const eight = await Promise.all(Array.from({ length: 8 }, () => get('anna')));
    expect(eight.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect((await get('anna')).status).toBe(429);
    expect((await get('boris')).status).toBe(200);
    await eight[0]?.body?.cancel();
    let status = 429;
    for (let turn = 0; turn < 100 && status !== 200; turn += 1) {
      status = (await get('anna')).status;
    }
    expect(status).toBe(200);
    end.abort();
  });

  it('of whoever left before it was known who they are take no place', async () => {
    let known = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      known = resolve;
    });
    let asked = 0;
    const { get, open } = await opened({
      person: () => {
        asked += 1;
        return asked <= 8 ? waits : Promise.resolve();
      },
    });
    const leave = new AbortController();
    const gone = Array.from({ length: 8 }, () => get('anna', leave.signal).catch(() => null));
    while (asked < 8) await new Promise(setImmediate);
    const closed = new Promise<void>((resolve) => {
      const look = (): void => {
        server.getConnections((_error, count) => {
          if (count === 0) resolve();
          else setImmediate(look);
        });
      };
      look();
    });
    leave.abort();
    await Promise.all([...gone, closed]);
    known();
    await waits;
    expect((await get('anna')).status).toBe(200);
    expect(open()).toBe(1);
  });

  it('end at once when who reads may not read any more, and tell them nothing', async () => {
    let may = true;
    const { get, say, open } = await opened({ mayRead: () => Promise.resolve(may) });
    const anna = await get('anna');
    may = false;
    say(message('anna'));
    expect(await whole(anna)).not.toContain('For anna');
    expect(open()).toBe(0);
  });

  it('end without a message, too, when the right to read has ended', async () => {
    const mayRead = (): Promise<boolean> => Promise.reject(new DomainError('forbidden', 'gone'));
    const changed = await opened({ mayRead });
    expect(await whole(await changed.get('anna'))).toContain('event: ready');
    server.closeAllConnections();
    server.close();
    const expired = await opened({ endsAfterMs: 30 });
    expect(await whole(await expired.get('anna'))).toContain('event: ready');
    expect(expired.open()).toBe(0);
  });

  it('end when their source broke off or the process is to end, so that nobody waits in vain', async () => {
    const first = await opened();
    const broken = await first.get('anna');
    first.breakOff();
    expect(await whole(broken)).toContain('event: ready');
    const ended = await first.get('anna');
    first.end.abort();
    expect(await whole(ended)).toContain('event: ready');
  });
});
