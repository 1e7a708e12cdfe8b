import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customersOf, ROLES, type Role } from '#cli/demo/cast.ts';
import { planBirthday } from '#cli/demo/install-library.ts';
import { pathOf, WholeKairos, type RunView } from './support/whole-kairos.ts';

/** A minute of story, and as much again for a busy machine. */
const TEST_TIMEOUT_MS = 150_000;

const SANDBOX = 'http://127.0.0.1:1';
const customers = customersOf(1);

async function play(env: Record<string, string>): Promise<{ code: number | null; told: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/demo.ts'], {
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  let told = '';
  const keep = (chunk: unknown): void => {
    told += String(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, told };
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

describe('the short demo', () => {
  let kairos: WholeKairos;
  let told = '';
  let code: number | null = null;

  beforeAll(async () => {
    kairos = await WholeKairos.start('demo');
    ({ code, told } = await play(environment(kairos.url)));
  }, TEST_TIMEOUT_MS);
  afterAll(() => kairos.stop());

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

  it('says in one sentence what it lacks, and never plays to real providers', async () => {
    const wrong = { ...environment(kairos.url), KAIROS_ADMIN_KEY: 'some-other-key-of-20-chars' };
    const refused = await play(wrong);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.told.trim()).toMatch(/^The demo broke off: .+\.$/m);
    const real = await play({ ...environment(kairos.url), SENDGRID_BASE_URL: '' });
    expect(real).toEqual({ code: 0, told: expect.stringMatching(/real provider/) });
  });
});

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
