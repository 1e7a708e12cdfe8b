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

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Streams behind HTTP; what is sent is said by hand. */
async function opened() {
  const end = new AbortController();
  let say: (sent: StoredSiteMessage) => void = () => undefined;
  let breakOff = (): void => undefined;
  const streams = new SiteStreams({
    shelf: { standing: () => Promise.resolve([]) },
    watch: ({ onMessage, onBreak }) => {
      [say, breakOff] = [onMessage, onBreak];
      return { close: () => Promise.resolve() };
    },
    ending: end.signal,
  });
  const app = express();
  app.get('/:person', async (req, res) => {
    try {
      await streams.open(req.params.person, req, res);
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
    get: (person: string) => fetch(`http://127.0.0.1:${String(port)}/${person}`),
  };
}

/** All of an answer, once it has ended. */
const whole = (answer: Response): Promise<string> => answer.text();

describe('live streams', () => {
  it('tell each person of their own messages alone', async () => {
    const { get, say, breakOff } = await opened();
    const [anna, boris] = await Promise.all([get('anna'), get('boris')]);
    say(message('anna'));
    breakOff();
    const texts = await Promise.all([anna, boris].map(whole));
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
