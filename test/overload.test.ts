import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryMb } from '#test/support/process-memory.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

/** A fiftieth of the default, so that it is reached in seconds. */
const BACKLOG_MAX = 1_000;
const BATCH = 100;
const CUSTOMERS = 200;
/** Two kilobytes an event: kept in memory, what is offered would show. */
const TEXT = 'x'.repeat(2_000);
const CONNECTIONS = 8;
const MEASURED_MS = 4_000;
const OVERLOAD_MS = 6_000;
const TIMES = 3;
/** Where the machine was slower while it was measured than it is now, more is offered. */
const TIMES_MAX = 24;
/**
 * How much the API may grow under overload. Two hundred requests of 200 KB under way at once are
 * 40 MB of text and about three times that as objects.
 */
const GROWTH_MAX_MB = 250;
const DRAIN_MS = 60_000;
const TEST_TIMEOUT_MS = 150_000;

let kairos: WholeKairos;
let made = 0;

beforeAll(async () => {
  const env = { KAIROS_BACKLOG_MAX: String(BACKLOG_MAX) };
  kairos = await WholeKairos.start('overload', { env });
}, TEST_TIMEOUT_MS);
afterAll(() => kairos.stop(), TEST_TIMEOUT_MS);

function batch(): { ids: string[]; body: string } {
  const ids = Array.from({ length: BATCH }, () => `event-${String((made += 1))}`);
  const calls = ids.map((messageId, index) => ({
    type: 'track',
    messageId,
    userId: `customer-${String((made + index) % CUSTOMERS)}`,
    event: 'Shelf Looked At',
    properties: { text: TEXT },
  }));
  return { ids, body: JSON.stringify({ batch: calls }) };
}

async function send(body: string): Promise<Response> {
  const headers = kairos.trackingHeaders;
  const answer = await fetch(`${kairos.url}/v1/batch`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer;
}

const pending = (): Promise<number> =>
  kairos.mongo.collections.events.countDocuments({ pending: true });
const stored = (): Promise<number> => kairos.mongo.collections.events.countDocuments({});

/** Events a second that come in and are routed when clients follow Kairos' own advice. */
async function measure(accepted: string[]): Promise<number> {
  const until = Date.now() + MEASURED_MS;
  const client = async (): Promise<void> => {
    while (Date.now() < until) {
      const { ids, body } = batch();
      const { status, headers } = await send(body);
      if (status === 200) accepted.push(...ids);
      else await sleep(Number(headers.get('retry-after')) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const routed = (await stored()) - (await pending());
  return (routed * 1_000) / MEASURED_MS;
}

interface Overload {
  statuses: Map<number, number>;
  retryAfter: Set<string | null>;
  backlogMax: number;
  memoryMax: number;
}

/** Offers so many events a second whatever is answered; what is refused is not repeated. */
async function offer(perSecond: number, accepted: string[]): Promise<Overload> {
  const seen: Overload = {
    statuses: new Map(),
    retryAfter: new Set(),
    backlogMax: 0,
    memoryMax: 0,
  };
  const begun = Date.now();
  const under: Promise<void>[] = [];
  const offerOne = async (): Promise<void> => {
    const { ids, body } = batch();
    const { status, headers } = await send(body);
    seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1);
    if (status === 200) accepted.push(...ids);
    else seen.retryAfter.add(headers.get('retry-after'));
  };
  for (let now = begun; now - begun < OVERLOAD_MS; now = Date.now()) {
    const due = ((now - begun) / 1_000) * (perSecond / BATCH);
    while (under.length < due) under.push(offerOne());
    seen.backlogMax = Math.max(seen.backlogMax, await pending());
    seen.memoryMax = Math.max(seen.memoryMax, memoryMb(kairos.pid('api')));
    await sleep(20);
  }
  await Promise.all(under);
  return seen;
}

describe('three times the load it can take', () => {
  it(
    'is refused with the time to wait, in bounded memory, and all that was taken is applied',
    async () => {
      const accepted: string[] = [];
      const perSecond = await measure(accepted);
      const before = memoryMb(kairos.pid('api'));
      let seen = await offer(TIMES * perSecond, accepted);
      for (let times = TIMES * 2; !seen.statuses.has(429) && times <= TIMES_MAX; times *= 2) {
        seen = await offer(times * perSecond, accepted);
      }

      expect([...seen.statuses.keys()].sort()).toEqual([200, 429]);
      expect([...seen.retryAfter].map(Number).every((seconds) => seconds >= 1)).toBe(true);
      // Every event let in is counted at once, so that the limit is kept to the batch.
      expect(seen.backlogMax).toBeLessThanOrEqual(BACKLOG_MAX + BATCH);
      expect(seen.memoryMax - before).toBeLessThan(GROWTH_MAX_MB);

      await kairos.until('the last event', async () => (await pending()) === 0 || null, DRAIN_MS);
      const routed = await kairos.mongo.collections.events
        .find({ state: 'routed' })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      expect(routed.map(({ _id }) => _id).sort()).toEqual(accepted.sort());
    },
    TEST_TIMEOUT_MS,
  );
});
