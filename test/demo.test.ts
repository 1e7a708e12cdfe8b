import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customersOf, ROLES, type Role } from '#cli/demo/cast.ts';
import { planBirthday } from '#cli/demo/install-library.ts';
import { centsOf, type Household } from '#cli/demo-shop/cut.ts';
import { readCut, type Cut } from '#cli/demo-shop/read-cut.ts';
import { pathOf, type RunView } from './support/views.ts';
import { WholeKairos } from './support/whole-kairos.ts';

/** A minute of story and of the shop's year, and four times as much for a busy machine. */
const TEST_TIMEOUT_MS = 300_000;
const DAY_MS = 86_400_000;

const SANDBOX = 'http://127.0.0.1:1';
const customers = customersOf(1);

interface Play {
  env: Record<string, string>;
  args?: string[];
  /** Kills it, as a crash would, once this is true. */
  until?: () => Promise<boolean>;
}

async function play({
  env,
  args = [],
  until,
}: Play): Promise<{ code: number | null; told: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/demo.ts', ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let told = '';
  const keep = (chunk: unknown): void => {
    told += String(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  while (until !== undefined && child.exitCode === null && !(await until())) await sleep(50);
  if (until !== undefined) child.kill('SIGKILL');
  return { code: await closed, told };
}

/** As the launcher tells it when every channel goes to the sandbox. */
function environment(url: string): Record<string, string> {
  return {
    KAIROS_PUBLIC_URL: url,
    KAIROS_ADMIN_KEY: 'admin-key-of-whole-kairos',
    KAIROS_WRITE_KEY: 'write-key-of-whole-kairos',
    KAIROS_SANDBOX_URL: SANDBOX,
    SENDGRID_BASE_URL: SANDBOX,
    TWILIO_BASE_URL: SANDBOX,
    FCM_BASE_URL: SANDBOX,
  };
}

describe('the demo', () => {
  let kairos: WholeKairos;
  let told = '';
  let code: number | null = null;
  let cut: Cut;
  let folder: string;
  /** As the launcher leaves it in a new data folder. */
  let mark: string;
  let yearWithMark: Record<string, string>;
  let householdsWhenKilled = 0;

  beforeAll(async () => {
    cut = await readCut();
    folder = mkdtempSync(path.join(os.tmpdir(), 'kairos-demo-'));
    mark = path.join(folder, 'demo-shop');
    writeFileSync(mark, '');
    kairos = await WholeKairos.start('demo');
    yearWithMark = { ...environment(kairos.url), KAIROS_DEMO_SHOP: mark };
    // A first start that is killed when some of the shop is there.
    await play({
      env: yearWithMark,
      args: ['--no-story'],
      until: async () => (await households()) >= 5,
    });
    householdsWhenKilled = await households();
    ({ code, told } = await play({ env: yearWithMark }));
  }, TEST_TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await kairos.stop();
  });

  function households(): Promise<number> {
    const { identities } = kairos.mongo.collections;
    return identities.countDocuments({ _id: /^external:household-/ });
  }
  async function ordersThere(): Promise<{ orders: number; cents: number }> {
    const { orders } = kairos.mongo.collections;
    const ids = new Set(cut.households.flatMap(({ baskets }) => baskets.map(([id]) => String(id))));
    const there = (await orders.find().toArray()).filter(({ orderId }) => ids.has(orderId));
    return {
      orders: there.length,
      cents: there.reduce((sum, { revenue }) => sum + revenue, 0),
    };
  }

  async function runOf(role: Role): Promise<RunView | undefined> {
    return (await kairos.runs(`profile=external:${customers[role].userId}`))[0];
  }
  async function messagesOf(role: Role): Promise<string[]> {
    const messages = await kairos.messages(`profile=external:${customers[role].userId}`);
    const lines = messages.map(({ step, channel, status, reason }) =>
      [step, channel, status, ...(reason === null ? [] : [reason])].join(' '),
    );
    return lines.sort();
  }

  it('ends by itself, with nothing left open and where to look', () => {
    expect(code).toBe(0);
    expect(told).not.toContain('still on their way');
    expect(told).toContain(`${kairos.url}/sandbox/`);
    expect(told).not.toContain('admin-key');
  });

  it('leaves the page of the demo shop with its journeys live, and codes to give', async () => {
    const keys = ['demo-page-cart', 'demo-page-visit', 'demo-page-welcome'];
    const journeys = await Promise.all(
      keys.map((key) => kairos.call<{ status: string }>('GET', `/v1/journeys/${key}`)),
    );
    expect(journeys.map(({ status }) => status)).toEqual(['live', 'live', 'live']);
    const pool = await kairos.call('GET', '/v1/vouchers/demo-page-welcome');
    expect(pool).toMatchObject({ codes: { free: 200, issued: 0 }, isLow: false });
  });

  it('tells of everybody by name, and of nobody by id', () => {
    for (const role of ROLES) expect(told).toContain(customers[role].name);
    const story = told.split('\n').filter((line) => /^ +\d+ s {2}/.test(line));
    expect(story.length).toBeGreaterThan(20);
    expect(story.join('\n')).not.toMatch(/[0-9a-hjkmnp-tv-z]{26}/);
  });

  it('shows a push unanswered and an e-mail sent instead', async () => {
    expect(await messagesOf('anna')).toEqual(['remind email delivered', 'remind push sent']);
    expect(pathOf((await runOf('anna')) ?? fail())).toBe(
      'hour:passed -> remind:reached -> again:received -> leave:done',
    );
    expect(told).toMatch(/No word from the phone.*An e-mail reaches Anna Reed: “Anna, your cart/);
  });

  it('shows an order ending a run in the middle of a wait, with its goal', async () => {
    const run = await runOf('maria');
    expect(run).toMatchObject({ status: 'exited', outcome: 'exit:Order Completed' });
    expect(run?.conversion?.value).toBe(45);
    expect(await messagesOf('maria')).toEqual([]);
  });

  it('shows nobody reached who refused every channel', async () => {
    expect(await messagesOf('tom')).toEqual([
      'remind email suppressed noConsent',
      'remind push suppressed noConsent',
      'remind sms suppressed noConsent',
    ]);
    for (const to of [customers.tom.email, customers.tom.phone, customers.tom.deviceToken]) {
      expect(await kairos.inbox(to ?? '')).toEqual([]);
    }
  });

  it('shows a bounced e-mail followed by an SMS in the language of its reader', async () => {
    expect(await messagesOf('ivan')).toContain('remind sms delivered');
    const [sms] = await kairos.inbox(customers.ivan.phone ?? '');
    expect(sms?.payload.Body).toContain('всё ещё в корзине');
  });

  it('shows the offer going to the good customer and not to the other', async () => {
    expect(await messagesOf('olga')).toContain('offer email delivered');
    expect((await messagesOf('priya')).filter((line) => line.startsWith('offer'))).toEqual([]);
    expect(await runOf('priya')).toMatchObject({ status: 'completed' });
  });

  it('shows an order that overtook its cart beginning nothing', async () => {
    expect(await runOf('lucas')).toBeUndefined();
  });

  it('shows a birthday present, a sleeper asleep and one who came back', async () => {
    expect(await messagesOf('sofia')).toEqual(['present email delivered']);
    expect(await runOf('peter')).toMatchObject({ journey: 'reactivation', status: 'running' });
    expect(await runOf('vera')).toMatchObject({ outcome: 'exit:Order Completed' });
  });

  it('goes on where a killed start was, and brings in each household with each order once', async () => {
    expect(householdsWhenKilled).toBeGreaterThanOrEqual(5);
    expect(householdsWhenKilled).toBeLessThan(cut.households.length);
    expect(told).toContain('cut off in the middle');
    expect(await households()).toBe(cut.households.length);
    const { baskets, cents } = cut.manifest.totals;
    expect(await ordersThere()).toEqual({ orders: baskets, cents });
    expect(existsSync(mark)).toBe(false);
  });

  it('knows of each household what it bought, to the cent', async () => {
    const ordered = [...cut.households].sort((a, b) => a.baskets.length - b.baskets.length);
    const some = [0, 0.1, 0.5, 0.9, 1].flatMap(
      (at) => ordered[Math.floor(at * (ordered.length - 1))] ?? [],
    );
    const told = await Promise.all(
      some.map(({ id }) =>
        kairos.call<{ traits: Record<string, unknown> }>(
          'GET',
          `/v1/profiles/external:household-${String(id)}`,
        ),
      ),
    );
    const known = told.map(({ traits }) => [traits.orders_count, traits.total_spent]);
    expect(known).toEqual(some.map((one) => [one.baskets.length, spentBy(one)]));
  });

  it('writes to nobody for what is past, and waits for those of whom something is to come', async () => {
    const { identities, profiles, runs, messages } = kairos.mongo.collections;
    const ids = (await identities.find({ _id: /^external:household-/ }).toArray()).map(
      ({ profileId }) => profileId,
    );
    const theirs = { profileId: { $in: ids } };
    const begun = (await runs.find(theirs).toArray()).map(({ journey }) => journey);
    expect(begun.filter((journey) => journey === 'abandoned-cart').length).toBe(6);
    // Time goes on meanwhile: somebody may fall asleep or get near a birthday in this very minute.
    expect(begun.length).toBeLessThanOrEqual(8);
    expect(await messages.countDocuments({ ...theirs, status: { $ne: 'suppressed' } })).toBe(0);
    const within = (days: number) => ({ $gt: Date.now(), $lt: Date.now() + days * DAY_MS });
    const of = { _id: { $in: ids } };
    const [asleep, falling, birthdays] = await Promise.all([
      profiles.countDocuments({ ...of, 'watches.reactivation.held': true }),
      profiles.countDocuments({ ...of, 'watches.reactivation.at': within(2) }),
      profiles.countDocuments({ ...of, 'watches.birthday.at': within(7) }),
    ]);
    expect(asleep).toBeGreaterThanOrEqual(20);
    expect(falling).toBeGreaterThanOrEqual(3);
    expect(birthdays).toBeGreaterThanOrEqual(3);
  });

  it('says how far it is and, at the end, who there is to look up', () => {
    expect(told).toMatch(/The shop's year: \d+ of \d+ households are in \(\d+ % of the orders/);
    const { households: all, baskets } = cut.manifest.totals;
    expect(told).toContain(
      `${String(all)} households with ${baskets.toLocaleString('en-US')} orders`,
    );
    expect(told.match(/^ {2}external:household-\d+ +\w/gm)?.length).toBe(4);
    expect(told).toMatch(/^ {2}npx kairos explain-run external:household-\d+$/m);
  });

  it('brings in nothing a second time', async () => {
    const again = await play({ env: yearWithMark, args: ['--no-story'] });
    expect(again).toMatchObject({ code: 0 });
    expect(again.told).not.toContain("shop's year");
    const { baskets, cents } = cut.manifest.totals;
    expect(await ordersThere()).toEqual({ orders: baskets, cents });
  });

  it('says in one sentence what it lacks, and never plays to real providers', async () => {
    const wrong = { ...environment(kairos.url), KAIROS_ADMIN_KEY: 'some-other-key-of-20-chars' };
    const refused = await play({ env: wrong });
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.told.trim()).toMatch(/^The demo broke off: .+\.$/m);
    writeFileSync(mark, '');
    const real = await play({ env: { ...yearWithMark, SENDGRID_BASE_URL: '' } });
    expect(existsSync(mark)).toBe(false);
    expect(real).toEqual({ code: 0, told: expect.stringMatching(/real provider/) });
  });
});

function spentBy({ baskets }: Household): number {
  return baskets.reduce((sum, basket) => sum + centsOf(basket), 0) / 100;
}

function fail(): never {
  throw new Error('there is no such run');
}

describe('the hour of the birthday', () => {
  it('is ten in the morning where somebody lives for whom it comes within the minute', () => {
    const now = Date.UTC(2026, 10, 22, 4, 14, 30);
    expect(planBirthday(now, 'Europe/Rome', ['Europe/Rome', 'Asia/Kathmandu'])).toEqual({
      zone: 'Asia/Kathmandu',
      at: '10:00',
      date: '1992-11-25',
      asWritten: true,
    });
  });

  it('is else the next full minute at home that leaves time to publish', () => {
    const now = Date.UTC(2026, 10, 22, 4, 20, 55);
    const plan = planBirthday(now, 'Europe/Rome', ['Europe/Rome', 'Asia/Kathmandu']);
    expect(plan).toMatchObject({ zone: 'Europe/Rome', at: '05:22', asWritten: false });
  });
});
