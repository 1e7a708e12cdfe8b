import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { limitBodies, uploadOf } from '#api/slow-bodies.ts';

/** A body must be whole within this, in ms, unless it is an upload. */
const WITHIN_MS = 100;
const PARTS = 8;
/** Parts come so far apart that all of them together take far longer. */
const APART_MS = 40;

describe('A body that comes slowly', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** What `read` makes of a slow body, or the status that ended it. */
  async function send(
    read: (req: IncomingMessage) => Promise<string>,
    parts: number,
    isEnded = true,
  ): Promise<string> {
    const made = createServer((req, res) => {
      read(req).then(
        (text) => res.end(text),
        (error: unknown) => res.end(error instanceof Error ? error.message : 'no error'),
      );
    });
    server = made;
    limitBodies(made, WITHIN_MS);
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    const { port } = made.address() as AddressInfo;
    return new Promise((resolve) => {
      const call = request({ port, host: '127.0.0.1', method: 'POST' }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => {
          resolve(answer.statusCode === 200 ? text : String(answer.statusCode));
        });
      });
      // What is still on its way may overtake the answer.
      call.on('error', () => {
        resolve('408');
      });
      void (async () => {
        for (let part = 0; part < parts; part += 1) {
          call.write('0123456789');
          await sleep(APART_MS);
        }
        if (isEnded) call.end();
      })();
    });
  }

  const sizeOf = async (bytes: AsyncIterable<Buffer>): Promise<string> => {
    let size = 0;
    for await (const part of bytes) size += part.length;
    return String(size);
  };

  it('is taken whole where it is an upload', async () => {
    expect(await send((req) => sizeOf(uploadOf(req)), PARTS)).toBe(String(PARTS * 10));
  });

  it('is ended where it is none', async () => {
    expect(await send((req) => sizeOf(req), PARTS)).toBe('408');
  });

  it('is told where an upload stands still', async () => {
    const told = await send((req) => sizeOf(uploadOf(req, APART_MS)), 1, false);
    expect(told).toContain('stood still');
  });
});
