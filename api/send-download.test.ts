import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { sendDownload } from '#api/send-download.ts';
import { createLogger } from '#platform/logger.ts';
import { createProblemHandler } from '#api/problem.ts';

const stops: (() => void)[] = [];

/** Serves one body; answers where, and what became of the body. */
async function serve(
  body: () => AsyncGenerator<string>,
): Promise<{ url: string; ended: Promise<void> }> {
  const app = express();
  let noteEnd = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    noteEnd = resolve;
  });
  app.get('/', async (req, res) => {
    try {
      await sendDownload(req, res, { type: 'text/csv', name: 'a.csv', isText: true, body: body() });
    } finally {
      noteEnd();
    }
  });
  app.use(createProblemHandler(createLogger('test', 'silent')));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  return { url, ended };
}

const PART = 'x'.repeat(100_000);

describe('A file that is made while it is sent', () => {
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  it('comes whole, packed for those who take it so', async () => {
    const { url } = await serve(async function* () {
      yield 'a,b\r\n';
      await sleep(1);
      yield '1,2\r\n';
    });
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('content-disposition')).toBe('attachment; filename="a.csv"');
    expect(await plain.text()).toBe('a,b\r\n1,2\r\n');
    const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toBe('a,b\r\n1,2\r\n');
  });

  it.each(['identity', 'gzip'])(
    'that fails in the middle is never taken for whole: %s',
    async (how) => {
      const { url } = await serve(async function* () {
        yield PART;
        await sleep(1);
        throw new Error('the store went away');
      });
      // What is packed may not even have begun to go out.
      const whole = fetch(url, { headers: { 'accept-encoding': how } }).then((one) => one.text());
      await expect(whole).rejects.toThrow();
    },
  );

  it('that fails at once is answered as a problem', async () => {
    const { url } = await serve(async function* () {
      await sleep(1);
      if (PART !== '') throw new Error('nothing to be had');
      yield '';
    });
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('is made no further once its client has left, nor faster than it is taken', async () => {
    let made = 0;
    let isClosed = false;
    const { url, ended } = await serve(async function* () {
      try {
        for (; made < 100_000; made += 1) yield PART;
        await sleep(1);
      } finally {
        isClosed = true;
      }
    });
    const leaving = new AbortController();
    const answer = await fetch(url, {
      signal: leaving.signal,
      headers: { 'accept-encoding': 'identity' },
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    leaving.abort();
    await ended;
    expect(isClosed).toBe(true);
    expect(made).toBeLessThan(100_000);
  });

  it('is not made at all for who asks only whether it is there', async () => {
    let made = 0;
    const { url } = await serve(async function* () {
      await sleep(1);
      made += 1;
      yield PART;
    });
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect(made).toBe(0);
  });
});
