import { setTimeout as sleep } from 'node:timers/promises';
import type { Rule } from '#sandbox/rules.ts';
import type { RunView } from '#test/support/views.ts';
import type { WholeKairos } from '#test/support/whole-kairos.ts';

/** Lives through one feature of the engine; answers the id of the run whose history shows it. */
export type Feature = (kairos: WholeKairos, name: string) => Promise<string>;

type Step = Record<string, unknown>;

const email = { template: 'cart-reminder', channel: 'email' };
const cascade = [{ channel: 'sms', patience: 'PT1H' }, { channel: 'email' }];
const leave = { end: 'done' };
const lookFor = (timeout: string): Step => ({
  waitFor: { event: 'Cart Viewed', timeout },
  next: { received: 'leave', timeout: 'leave' },
});

export function journey(key: string, start: string, steps: Record<string, Step>) {
  return {
    key,
    name: key,
    entry: { event: `Enter ${key}` },
    exits: [{ event: 'Order Completed' }],
    start,
    steps: { ...steps, leave },
  };
}

export const JOURNEYS = [
  journey('one-mail', 'mail', { mail: { send: email, next: 'leave' } }),
  journey('fallback', 'remind', {
    remind: {
      send: { template: 'cart-reminder', cascade, until: 'delivered' },
      next: { reached: 'leave', exhausted: 'leave' },
    },
  }),
  journey('look-long', 'look', { look: lookFor('PT1H') }),
  journey('look-short', 'look', { look: lookFor('PT2S') }),
  journey('rest-long', 'rest', {
    rest: { wait: 'P1D', next: 'mail' },
    mail: { send: email, next: 'leave' },
  }),
  journey('rest-short', 'rest', {
    rest: { wait: 'PT3S', next: 'mail' },
    mail: { send: email, next: 'leave' },
  }),
  journey('worth', 'worth', {
    worth: {
      branch: [
        { when: { trait: 'orders_count', gte: 1 }, next: 'leave' },
        { else: true, next: 'mail' },
      ],
    },
    mail: { send: email, next: 'rest' },
    rest: { wait: 'PT1S', next: 'leave' },
  }),
];

/** A customer of this feature only, entering a journey. */
export async function enter(kairos: WholeKairos, name: string, key: string): Promise<string> {
  await kairos.track('batch', {
    batch: [
      {
        type: 'identify',
        userId: name,
        traits: { email: `${name}@shop.example`, phone: phoneOf(name) },
        context: { consent: { categoryPreferences: { sms: true } } },
      },
      {
        type: 'track',
        userId: name,
        event: `Enter ${key}`,
        properties: { name: 'Red shoes', url: 'https://shop.example/1' },
      },
    ],
  });
  return kairos.until(`a run of ${key}`, async () => (await runOf(kairos, name))?.id ?? null);
}

function phoneOf(name: string): string {
  return `+1202555${String(numberOf(name)).padStart(4, '0')}`;
}

/** One for each name, whatever features there will be. */
const numbers = new Map<string, number>();

function numberOf(name: string): number {
  const known = numbers.get(name) ?? numbers.size;
  numbers.set(name, known);
  return known;
}

async function runOf(kairos: WholeKairos, name: string): Promise<RunView | undefined> {
  return (await kairos.runs(`profile=${encodeURIComponent(`external:${name}`)}`))[0];
}

export async function ended(kairos: WholeKairos, name: string): Promise<void> {
  await kairos.until(
    `the end of ${name}`,
    async () => {
      const run = await runOf(kairos, name);
      return run !== undefined && run.status !== 'running' ? true : null;
    },
    60_000,
  );
  // The workflow's own last task follows the document's end.
  await sleep(1_000);
}

const rule = (name: string, channel: Rule['channel'], outcome: Rule['outcome']): Rule => ({
  channel,
  to: channel === 'email' ? `${name}@shop.example` : phoneOf(name),
  outcome,
});

/** Enters a journey, lets its first task end, and tells one event. */
function told(key: string, event: string): Feature {
  return async (kairos, name) => {
    const id = await enter(kairos, name, key);
    await sleep(1_000);
    await kairos.track('track', { userId: name, event, properties: { order_id: name } });
    await ended(kairos, name);
    return id;
  };
}

/** Enters a journey and lets it end by itself, its addresses answering by these rules. */
function passed(key: string, ...rules: [Rule['channel'], Rule['outcome']][]): Feature {
  return async (kairos, name) => {
    await kairos.rules(...rules.map(([channel, outcome]) => rule(name, channel, outcome)));
    const id = await enter(kairos, name, key);
    await ended(kairos, name);
    return id;
  };
}

/** Refused once with 429, so that the second call is made from the provider's queue. */
function refusedOnce(then: Rule['outcome'], event?: string): Feature {
  return async (kairos, name) => {
    await kairos.rules(rule(name, 'email', 'rateLimit'));
    const id = await enter(kairos, name, 'one-mail');
    await kairos.until('the refusal', async () => {
      const messages = await kairos.messages(`profile=${encodeURIComponent(`external:${name}`)}`);
      return messages.some(({ status }) => status === 'deferred') ? true : null;
    });
    await kairos.rules(rule(name, 'email', then));
    if (event !== undefined) {
      await sleep(2_000);
      await kairos.track('track', { userId: name, event, properties: { order_id: name } });
    }
    await ended(kairos, name);
    return id;
  };
}

export const FEATURES: Record<string, Feature> = {
  'single-send': passed('one-mail'),
  'cascade-fallback': passed('fallback', ['sms', 'bounce']),
  'cascade-reached': passed('fallback'),
  'lost-reply': passed('one-mail', ['email', 'lostReply']),
  'wait-for-received': told('look-long', 'Cart Viewed'),
  'wait-for-timeout': passed('look-short'),
  'wait-passed': passed('rest-short'),
  'exit-in-wait': told('rest-long', 'Order Completed'),
  branch: passed('worth'),
  'retried-from-queue': refusedOnce('deliver'),
  'exit-in-queued-send': refusedOnce('slow', 'Order Completed'),
  'open-in-timer': async (kairos, name) => {
    const id = await enter(kairos, name, 'rest-long');
    await sleep(1_500);
    return id;
  },
  'open-in-wait-for': async (kairos, name) => {
    const id = await enter(kairos, name, 'look-long');
    await sleep(1_500);
    return id;
  },
  'open-parked': async (kairos, name) => {
    const id = await enter(kairos, name, 'rest-short');
    await kairos.call('POST', '/v1/journeys/rest-short/pause');
    await sleep(5_000);
    return id;
  },
  'parked-and-resumed': async (kairos, name) => {
    await kairos.call('POST', '/v1/journeys/rest-short/resume');
    const id = await enter(kairos, name, 'rest-short');
    await kairos.call('POST', '/v1/journeys/rest-short/pause');
    await sleep(5_000);
    await kairos.call('POST', '/v1/journeys/rest-short/resume');
    await ended(kairos, name);
    return id;
  },
  stopped: async (kairos, name) => {
    const id = await enter(kairos, name, 'look-short');
    await kairos.call('POST', '/v1/journeys/look-short/stop');
    await ended(kairos, name);
    return id;
  },
};
