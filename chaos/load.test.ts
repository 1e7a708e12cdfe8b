import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Journal } from './journal.ts';
import { KairosClient } from './kairos-client.ts';
import { inventCustomers, Load } from './load.ts';
import { SeededRandom } from './seeded-random.ts';
import { STORIES } from './shop/stories.ts';

/** Takes every call, and refuses to show runs: whoever waits to see one cannot go on. */
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(request.url?.startsWith('/v1/runs') === true ? 403 : 200);
  response.end('{}');
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'kairos-load-'));
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  url = `http://127.0.0.1:${String(address.port)}`;
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the load', () => {
  it('names who could not go on and why, and lets everybody else finish', async () => {
    const random = new SeededRandom(1);
    const [seeing, other] = ['visit: twice, and once more in between', 'search: nobody answers'];
    const customers = inventCustomers(STORIES.length, random).filter(
      ({ story }) => story === seeing || story === other,
    );
    const stuck = customers.find(({ story }) => story === seeing);
    const load = new Load({
      kairos: new KairosClient(url, { write: 'write', admin: 'admin' }),
      journal: new Journal(path.join(folder, 'journal.ndjson')),
      random,
      pace: { patient: 10, brisk: 100, plain: 12 },
      signal: new AbortController().signal,
    });
    await load.run(customers, 10);
    expect(load.finished).toBe(1);
    expect(load.underWay).toBe(0);
    expect([...load.stuck]).toEqual([['GET /v1/runs was refused: 403', [stuck?.id]]]);
  });
});
