import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { StoredEvent } from '#domain/event/event.ts';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
import type { Ground } from './ground.ts';

/** Calls of one request to `/v1/batch`. */
export const BATCH = 100;
/** Connections of the load generator. */
export const CONNECTIONS = 8;

/** One tracking call as a shop's server sends it. */
export type Call = { type: string; userId: string; messageId: string } & Record<string, unknown>;

export const customerId = (number: number): string => `c${String(number)}`;
export const emailOf = (number: number): string => `${customerId(number)}@shop.example`;

/** Somebody looks at a product: what shops send most, and no journey of the bench listens for. */
export function productViewed(number: number): Call {
  const product = number % 500;
  return {
    type: 'track',
    userId: customerId(number),
    messageId: randomUUID(),
    event: 'Product Viewed',
    timestamp: new Date().toISOString(),
    properties: {
      product_id: `p-${String(product)}`,
      name: `Walking boots no. ${String(product)}`,
      price: 59.9,
      category: 'shoes/outdoor',
    },
  };
}

/** Makes sure that customers `c0` to `c<count - 1>` are known by id and e-mail address. */
export async function knowCustomers(ground: Ground, count: number): Promise<void> {
  const missing = range(ground.known, count).map((number) => ({
    type: 'identify',
    userId: customerId(number),
    messageId: randomUUID(),
    traits: { email: emailOf(number), first_name: `Reader ${String(number)}` },
  }));
  await post(ground.kairos, batches(missing));
  ground.known = Math.max(ground.known, count);
  await routed(ground.kairos);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

export function batches<T>(all: readonly T[], size = BATCH): T[][] {
  return range(0, Math.ceil(all.length / size)).map((index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Sends batches on CONNECTIONS connections; throws unless each was accepted whole. */
export async function post(kairos: WholeKairos, all: readonly Call[][]): Promise<void> {
  await postBodies(kairos, bodiesOf(all));
}

/** Batches as they are sent: what a shop's own client does before Kairos has anything to do. */
export function bodiesOf(all: readonly Call[][]): string[] {
  return all.map((batch) => JSON.stringify({ batch }));
}

/** Sends the bodies of batches, as `post` does. */
export async function postBodies(kairos: WholeKairos, bodies: readonly string[]): Promise<void> {
  await send(kairos, '/v1/batch', bodies);
}

/** Sends single calls on CONNECTIONS connections; answers how long each took in ms. */
export function postSingles(kairos: WholeKairos, calls: readonly Call[]): Promise<number[]> {
  return send(
    kairos,
    '/v1/track',
    calls.map((call) => JSON.stringify(call)),
  );
}

async function send(
  kairos: WholeKairos,
  route: string,
  bodies: readonly string[],
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const tookMs: number[] = [];
  try {
    await inLanes(bodies, CONNECTIONS, async (body) => {
      const at = performance.now();
      const answer = await postJson(agent, kairos, route, body);
      tookMs.push(performance.now() - at);
      if (answer !== '{"success":true}') throw new Error(`${route} answered ${answer}`);
    });
  } finally {
    agent.destroy();
  }
  return tookMs;
}

/** Works through `all` in order, at most `lanes` at once. */
export async function inLanes<T>(
  all: readonly T[],
  lanes: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const queue = all.values();
  const lane = async (): Promise<void> => {
    for (const one of queue) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function postJson(agent: Agent, kairos: WholeKairos, route: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { ...kairos.trackingHeaders, 'content-length': Buffer.byteLength(body) };
    const call = request(`${kairos.url}${route}`, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        resolve(answer.statusCode === 200 ? text.trim() : `${String(answer.statusCode)} ${text}`);
      });
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** What one such event is in the store, for limits that write the same documents. */
export async function storedPattern(kairos: WholeKairos): Promise<StoredEvent> {
  const call = productViewed(0);
  await post(kairos, [[call]]);
  await routed(kairos);
  const stored = await kairos.mongo.collections.events.findOne({ _id: call.messageId });
  if (stored === null) throw new Error('an accepted event was not stored');
  return { ...stored, state: 'accepted', pending: true };
}

/** The same document under another id, of another person. */
export function anotherOf(pattern: StoredEvent, place: number, profileId: string): StoredEvent {
  return { ...pattern, _id: randomUUID(), profileId, place };
}

/** How many events are accepted and not yet routed: walks over all of them, so not to be polled. */
export function pendingEvents(kairos: WholeKairos): Promise<number> {
  const { events } = kairos.mongo.collections;
  return events.countDocuments(
    { pending: true, partition: { $gte: 0 } },
    { hint: 'pending', readConcern: { level: 'local' } },
  );
}

/** Waits until everything accepted is routed. */
export async function routed(kairos: WholeKairos, withinMs = 120_000): Promise<void> {
  await kairos.until(
    'the routing of all events',
    async () => ((await isAnyPending(kairos)) ? null : true),
    withinMs,
  );
}

/** Asked again and again while the clock runs, so it must cost what is measured nothing. */
async function isAnyPending(kairos: WholeKairos): Promise<boolean> {
  const { events } = kairos.mongo.collections;
  const some = await events.findOne(
    { pending: true, partition: { $gte: 0 } },
    { projection: { _id: 1 }, hint: 'pending', readConcern: { level: 'local' } },
  );
  return some !== null;
}
