import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freePort } from '#test/support/sandbox-process.ts';
import type { Ground } from '../ground.ts';
import {
  batches,
  CONNECTIONS,
  customerId,
  inLanes,
  knowCustomers,
  post,
  productViewed,
  range,
  routed,
} from '../load.ts';
import { expectCount, warmedUp, type Figures, type Row, type Side } from '../row.ts';
import { onlySegments, type Written } from '../segments.ts';
import { percentile } from '../statistics.ts';

const REQUESTS = { full: 20_000, quick: 2_000, smoke: 80 };
const CUSTOMERS = { full: 10_000, quick: 1_000, smoke: 40 };
const WARM_UP = 2_000;

/** Everybody is in half of these twenty; five more ask about the page that is open. */
const KEPT = range(0, 20).map((number): Written => [
  `kept-${String(number)}`,
  number % 2 === 0
    ? { event: 'Product Viewed', within: `P${String(number + 7)}D` }
    : { trait: 'orders_count', gte: number },
]);
const CONTEXTUAL = range(0, 5).map((number): Written => [
  `page-${String(number)}`,
  {
    all: [
      { context: 'page.category', is: number === 0 ? 'shoes' : `other-${String(number)}` },
      { segment: 'kept-0' },
    ],
  },
]);
const EXPECTED = { kept: 10, decided: 11 };

const RATE = { figure: 'perSecond', unit: '/s' } as const;
const LIMIT = { side: 'express', label: 'Express, one findOne', better: 'more' } as const;

export const segmentsOfAPerson: Row = {
  name: 'segments-of-a-person',
  title: 'Which segments a customer is in now: 20 kept and 5 contextual ones',
  lines: [
    {
      what: 'decided with the page at hand, 8 connections',
      side: 'decisions',
      ...RATE,
      against: { ...LIMIT, target: 0.5 },
    },
    {
      what: 'the kept ones, with since when, 8 connections',
      side: 'kept',
      ...RATE,
      against: LIMIT,
    },
    { what: 'decided, p50', side: 'decisions', figure: 'p50Ms', unit: 'ms' },
    { what: 'decided, p95', side: 'decisions', figure: 'p95Ms', unit: 'ms' },
    { what: 'CPU per decision: API', side: 'decisions', figure: 'apiMs', unit: 'ms' },
  ],
  async prepare(ground) {
    const people = ground.scale(CUSTOMERS);
    await knowCustomers(ground, people);
    await onlySegments(ground.kairos, KEPT);
    for (const [key, condition] of CONTEXTUAL) {
      await ground.kairos.call('PUT', `/v1/segments/${key}`, { name: key, condition });
    }
    await post(ground.kairos, batches(range(0, people).map(productViewed)));
    await routed(ground.kairos);
    const ids = await profileIds(ground, people);
    const express = await startExpress(ground);
    const headers = {
      authorization: `Bearer ${ground.kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'application/json',
    };
    const { url } = ground.kairos;
    const sidesOf = (count: number): Record<string, Side> => ({
      decisions: askingSide(ground, count, (number) => ({
        ...{ url: `${url}/v1/decisions/segments`, method: 'POST', headers },
        body: JSON.stringify({
          identity: `external:${customerId(number % people)}`,
          context: { page: { category: 'shoes' } },
        }),
        expected: EXPECTED.decided,
      })),
      kept: askingSide(ground, count, (number) => ({
        url: `${url}/v1/profiles/external:${customerId(number % people)}/segments`,
        ...{ method: 'GET', headers, body: '', expected: EXPECTED.kept },
      })),
      express: askingSide(ground, count, (number) => ({
        url: `${express}/profiles/${ids[number % people] ?? ''}`,
        ...{ method: 'GET', headers: {}, body: '', expected: EXPECTED.kept },
      })),
    });
    return warmedUp(sidesOf, ground.scale(REQUESTS), WARM_UP);
  },
};

async function profileIds({ kairos }: Ground, people: number): Promise<string[]> {
  const { identities } = kairos.mongo.collections;
  const _ids = range(0, people).map((number) => `external:${customerId(number)}`);
  const rows = await identities.find({ _id: { $in: _ids } }).toArray();
  const owners = new Map(rows.map(({ _id, profileId }) => [_id, profileId]));
  expectCount('customers', owners.size, people);
  return _ids.map((id) => owners.get(id) ?? '');
}

/** Ends with this process at the latest. */
async function startExpress({ kairos }: Ground): Promise<string> {
  const port = await freePort();
  const entry = fileURLToPath(new URL('../limits/one-read.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], {
    env: { ...kairos.environment, ONE_READ_PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  kairos.mongo.client.once('topologyClosed', endWithUs);
  await once(child, 'message');
  // The test that runs this row in small must not wait for it.
  child.unref();
  child.channel?.unref();
  return `http://127.0.0.1:${String(port)}`;
}

interface Question {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string;
  /** How many segments the answer must name. */
  expected: number;
}

function askingSide(ground: Ground, count: number, question: (number: number) => Question): Side {
  return async (): Promise<Figures> => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const tookMs: number[] = [];
    const clock = ground.clock();
    try {
      await inLanes(range(0, count), CONNECTIONS, async (number) => {
        const asked = question(number);
        const at = performance.now();
        const found = segmentsIn(await ask(agent, asked));
        tookMs.push(performance.now() - at);
        expectCount('segments of one', found, asked.expected);
      });
    } finally {
      agent.destroy();
    }
    const { ms, cpu } = clock();
    const [p50Ms, p95Ms] = [percentile(tookMs, 50), percentile(tookMs, 95)];
    const apiMs = (cpu.api ?? NaN) / count;
    return { perSecond: (count / ms) * 1_000, p50Ms, p95Ms, apiMs };
  };
}

function segmentsIn(text: string): number {
  const { segments, data } = JSON.parse(text) as { segments?: unknown[]; data?: unknown[] };
  return (segments ?? data ?? []).length;
}

function ask(agent: Agent, { url, method, headers, body }: Question): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${method}: ${String(answer.statusCode)} ${text}`));
      });
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
