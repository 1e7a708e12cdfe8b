import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import type { Links } from '../follow-link.ts';
import { createLinkRouter } from './link-router.ts';

const SALE = 'https://shop.example/sale';

const never = (): Promise<never> => new Promise(() => undefined);
const away = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('the store is away'), { code: 'unavailable' }));

describe('while the store cannot take a note', () => {
  let server: Server;
  let url: string;
  let warned: object[];
  /** What becomes of the note of each visit. */
  let note: () => Promise<void>;

  beforeEach(async () => {
    warned = [];
    const followed = () => Promise.resolve({ url: SALE, noted: note() });
    const links: Links = { follow: followed, followShort: followed, open: () => note() };
    const logger = { warn: (fields: object) => void warned.push(fields) };
    const app = express().use(createLinkRouter({ links, logger }));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (path: string): Promise<Response> => fetch(url + path, { redirect: 'manual' });
  const target = ({ status, headers }: Response) => [status, headers.get('location')];

  it.each(['/l/token', '/s/code'])('a link leads on all the same: %s', async (path) => {
    note = away;
    expect(target(await ask(path))).toEqual([302, SALE]);
    expect(warned).toHaveLength(1);
    // Nobody waits for as long as a store takes to say that it is away.
    note = never;
    expect(target(await ask(path))).toEqual([302, SALE]);
  });

  it('the picture is not given, and may be asked for again', async () => {
    note = away;
    const answer = await ask('/o/token');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(warned).toHaveLength(1);
    note = () => Promise.resolve();
    const again = await ask('/o/token');
    expect([again.status, again.headers.get('content-type')]).toEqual([200, 'image/gif']);
  });
});
