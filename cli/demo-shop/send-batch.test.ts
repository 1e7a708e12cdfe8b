import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { batchesOf, sendCalls } from './send-batch.ts';

type Answer = { status: number; retryAfter?: string; body?: object } | 'hang up';

/** Answers by a script, one after the other, and remembers what was asked. */
class ScriptedApi {
  readonly bodies: string[] = [];
  readonly #server: Server;

  constructor(script: Answer[]) {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        this.bodies.push(gunzipSync(Buffer.concat(chunks)).toString('utf8'));
        const answer = script.shift() ?? { status: 200 };
        if (answer === 'hang up') {
          req.socket.destroy();
          return;
        }
        const { status, retryAfter, body = { success: true } } = answer;
        if (retryAfter !== undefined) res.setHeader('Retry-After', retryAfter);
        res.statusCode = status;
        res.end(JSON.stringify(body));
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const call = (id: number, words = ''): { messageId: string; words: string } => ({
  messageId: String(id),
  words,
});

describe('sending the demo shop', () => {
  let api: ScriptedApi;
  let url: string;
  let waits: number[];

  const start = async (...script: Answer[]): Promise<void> => {
    api = new ScriptedApi(script);
    url = await api.start();
  };
  const send = (calls: object[]): Promise<void> =>
    sendCalls(
      {
        url,
        writeKey: 'key',
        sleep: (ms) => {
          waits.push(ms);
          return Promise.resolve();
        },
      },
      calls.map((one) => ({ ...one })),
    );

  beforeEach(() => {
    waits = [];
  });
  afterEach(() => api.stop());

  it('waits as long as it is told and then sends the very same again', async () => {
    await start({ status: 429, retryAfter: '2' }, { status: 503, retryAfter: '7' });
    await send([call(1), call(2)]);
    expect(waits).toEqual([2_000, 7_000]);
    expect(api.bodies.length).toBe(3);
    expect(new Set(api.bodies).size).toBe(1);
  });

  it('sends again when nobody answers', async () => {
    await start('hang up', { status: 500 });
    await send([call(1)]);
    expect(api.bodies.length).toBe(3);
    expect(waits).toEqual([250, 500]);
  });

  it('gives up at once on what waiting does not cure', async () => {
    await start({ status: 401 });
    await expect(send([call(1)])).rejects.toThrow('answered with 401');
    expect(waits).toEqual([]);
  });

  it('never takes a refused call for a good one', async () => {
    await start({ status: 200, body: { success: true, rejected: [{ index: 0 }] } });
    await expect(send([call(1)])).rejects.toThrow('refused 1 calls');
  });

  it('keeps the order and the limits of a batch', async () => {
    await start();
    const calls = Array.from({ length: 600 }, (_, id) => call(id, 'ж'.repeat(500)));
    const batches = batchesOf(calls);
    expect(
      batches.flat().map((text) => (JSON.parse(text) as { messageId: string }).messageId),
    ).toEqual(calls.map(({ messageId }) => messageId));
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(250);
      expect(Buffer.byteLength(batch.join(','))).toBeLessThan(500 * 1024);
    }
  });
});
