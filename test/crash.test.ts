import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { waitUntil } from '#cli/wait-until.ts';
import { CrashInstallation, PROCESSES } from '#test/support/crash-installation.ts';
import {
  audit,
  type Customer,
  entryOf,
  expected,
  followUpOf,
  JOURNEYS,
  makeCustomers,
  rulesFor,
} from '#test/support/crash-shop.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import type { MessageView, RunView } from '#test/support/views.ts';

const CUSTOMERS = 60;
const LATER_CUSTOMERS = 18;
/** Customers come in over this time; the kills lie within it and a little after. */
const COMING_MS = 10_000;
/** Between two kills: sometimes before the last process is back, sometimes after. */
const KILL_GAP_MS = { least: 800, most: 3_000 };
/** For the worst case: a call cut off by a crash, its receipt awaited, the message sent again. */
const SETTLE_MS = 100_000;
const TEST_TIMEOUT_MS = 220_000;

/** A seed of one's own repeats the moments: KAIROS_CRASH_SEED=42. */
const seed = Number(process.env.KAIROS_CRASH_SEED ?? Math.floor(Math.random() * 1_000_000));
const random = seededRandom(seed);
const between = (least: number, most: number): number => least + random() * (most - least);

let kairos: CrashInstallation;

beforeAll(async () => {
  process.stderr.write(`The moments of the crashes: KAIROS_CRASH_SEED=${String(seed)}\n`);
  kairos = await CrashInstallation.make();
  await kairos.start();
  const template = await readFile('library/templates/cart-reminder.yaml', 'utf8');
  await kairos.call('PUT', '/v1/templates/cart-reminder', template);
  for (const journey of JOURNEYS) {
    await kairos.call('PUT', `/v1/journeys/${journey.key}`, stringify(journey));
    await kairos.call('POST', `/v1/journeys/${journey.key}/publish`);
  }
}, TEST_TIMEOUT_MS);

afterAll(() => kairos.stop(), TEST_TIMEOUT_MS);

/** Customers come in at random moments of `withinMs`, and do more once they were reached. */
async function liveThrough(customers: readonly Customer[], withinMs: number): Promise<void> {
  await Promise.all(
    customers
      .map((customer) => ({ customer, at: between(0, withinMs) }))
      .map(async ({ customer, at }) => {
        await sleep(at);
        await kairos.track(entryOf(customer), SETTLE_MS);
      }),
  );
  await followUp(customers);
}

async function followUp(customers: readonly Customer[]): Promise<void> {
  const waiting = new Map(
    customers.filter(({ story }) => story.followUp).map((customer) => [customer.id, customer]),
  );
  const done = await waitUntil(
    async () => {
      await Promise.all(
        [...waiting.values()].map(async (customer) => {
          const step = customer.story.followUp;
          const [run] = (await runsOf(customer)) ?? [];
          if (step === undefined || !run?.path.some((one) => one.step === step.after)) return;
          await kairos.track(followUpOf(customer, step.event), SETTLE_MS);
          waiting.delete(customer.id);
        }),
      );
      return waiting.size === 0;
    },
    { timeoutMs: SETTLE_MS, everyMs: 500 },
  );
  if (!done) throw new Error(`never reached: ${[...waiting.keys()].join(' ')}`);
}

function runsOf({ id }: Customer): Promise<RunView[] | null> {
  return kairos.list<RunView>(`/v1/runs?profile=${encodeURIComponent(`external:${id}`)}`);
}

/** Waits until no run is under way and no message's fate is open. */
async function settle(customers: readonly Customer[]): Promise<void> {
  await waitUntil(
    async () => {
      for (const { key } of JOURNEYS) {
        const open = await kairos.list(`/v1/runs?status=running&journey=${key}`);
        if (open?.length !== 0) return false;
        const messages = await kairos.list<MessageView>(`/v1/messages?limit=1000&journey=${key}`);
        const moving = ['sending', 'deferred', 'sent'];
        if (messages?.every(({ status }) => !moving.includes(status)) !== true) return false;
      }
      const runs = await Promise.all(customers.map(runsOf));
      return runs.every((list) => list !== null && list.length > 0);
    },
    { timeoutMs: SETTLE_MS, everyMs: 500 },
  );
}

async function audits(customers: readonly Customer[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const customer of customers) found.push(await audit(kairos, customer));
  return found;
}

/** Each process once, in any order, at any moment. */
async function killEachOnce(): Promise<void> {
  const left: (typeof PROCESSES)[number][] = [...PROCESSES];
  const begun = Date.now();
  await sleep(between(500, 2_500));
  while (left.length > 0) {
    const [name] = left.splice(Math.floor(random() * left.length), 1);
    if (name === undefined) return;
    const killed = await kairos.kill(name);
    const after = String(Date.now() - begun);
    process.stderr.write(`  ${after} ms: ${name} ${killed ? 'killed' : 'was away'}\n`);
    await sleep(between(KILL_GAP_MS.least, KILL_GAP_MS.most));
  }
}

describe('a crash', () => {
  it(
    'of any process at any moment loses no message, doubles none and stalls no run',
    async () => {
      const customers = makeCustomers(100, CUSTOMERS);
      await kairos.call('PUT', '/sandbox/rules', rulesFor(customers));
      await Promise.all([liveThrough(customers, COMING_MS), killEachOnce()]);
      await settle(customers);
      expect(await audits(customers)).toEqual(customers.map(expected));
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'of everything at once ends nothing: the next start goes on where it was',
    async () => {
      const customers = makeCustomers(400, LATER_CUSTOMERS);
      await kairos.call('PUT', '/sandbox/rules', rulesFor(customers));
      const crash = async (): Promise<void> => {
        await sleep(between(500, 4_000));
        await kairos.killEverything();
        await kairos.start();
      };
      await Promise.all([liveThrough(customers, 3_000), crash()]);
      await settle(customers);
      expect(await audits(customers)).toEqual(customers.map(expected));
    },
    TEST_TIMEOUT_MS,
  );
});
