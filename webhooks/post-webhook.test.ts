import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPostWebhook } from '#webhooks/post-webhook.ts';

const post = createPostWebhook(
  { allowsHttp: true, allowsPrivate: true, purpose: 'which is not ours' },
  () => 0,
);

let server: Server;
let answer: (res: ServerResponse) => void;
beforeEach(async () => {
  server = createServer((_, res) => {
    answer(res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function ask(more: { readsAnswer?: boolean; withinMs?: number } = {}): ReturnType<typeof post> {
  const { port } = server.address() as AddressInfo;
  return post({ url: `http://127.0.0.1:${String(port)}/`, headers: {}, body: '{}', ...more });
}

/** The headers and the beginning of a body that was to be longer. */
function begin(res: ServerResponse): void {
  res.writeHead(200, { 'content-length': 100 });
  res.write('{"points":');
}

describe('the answer to a call', () => {
  it('is its text, or none where it is longer than is read', async () => {
    answer = (res) => res.end('{"points":7}');
    expect(await ask({ readsAnswer: true })).toMatchObject({ status: 200, text: '{"points":7}' });
    answer = (res) => res.end('x'.repeat(64 * 1024 + 1));
    const long = await ask({ readsAnswer: true });
    expect(long).toMatchObject({ status: 200, fault: null, text: null });
  });

  it('is none where its body comes too late', async () => {
    answer = begin;
    const late = await ask({ readsAnswer: true, withinMs: 300 });
    expect(late).toMatchObject({ status: null, fault: 'ETIMEDOUT' });
  });

  it('is none where its body breaks off', async () => {
    answer = (res) => {
      begin(res);
      setImmediate(() => res.socket?.destroy());
    };
    const broken = await ask({ readsAnswer: true });
    expect(broken).toMatchObject({ status: null, fault: 'ECONNRESET' });
  });

  it('counts without its body where nobody reads that, and the connection is not held', async () => {
    const closed = new Promise((resolve) => {
      answer = (res) => {
        begin(res);
        res.on('close', resolve);
      };
    });
    expect(await ask()).toMatchObject({ status: 200, fault: null, text: null });
    // Resolves: the caller cut it off, long before the call would have been over.
    await closed;
    answer = begin;
    expect(await ask({ withinMs: 300 })).toMatchObject({ status: 200, fault: null });
  });
});
