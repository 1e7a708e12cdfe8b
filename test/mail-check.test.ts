import { execFile } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { MailReply } from '#api/routes/mail-routes.ts';
import { makeDkimKey } from '#channels/email/dkim-key.ts';
import { ADMIN_KEY, TestApi } from './support/api-process.ts';
import { DnsServer } from './support/dns-server.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const key = makeDkimKey();
/** A record of more than one UDP answer of the old length. */
const LONG = makeDkimKey().record.replace('p=', 'n=another; p=');

const GOOD: DnsServer['zones'] = {
  'shop.example': { MX: [{ exchange: 'mx.shop.example', preference: 10 }] },
  'bounce.shop.example': {
    TXT: ['v=spf1 include:_spf.relay.example ~all'],
    MX: [{ exchange: 'mx.shop.example', preference: 10 }],
  },
  '_spf.relay.example': { TXT: ['v=spf1 ip4:203.0.113.0/24 include:_two.relay.example ~all'] },
  '_two.relay.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 ~all'] },
  'k1._domainkey.shop.example': { TXT: [key.record] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.example'] },
};

let dns: DnsServer;
let api: TestApi;
beforeAll(async () => {
  dns = await DnsServer.start();
  api = await TestApi.start('mail-check', {
    MAIL_FROM: 'Shop <news@shop.example>',
    SMTP_URL: 'smtp://relay.example:587',
    MAIL_BOUNCE_DOMAIN: 'bounce.shop.example',
    MAIL_DKIM_SELECTOR: 'k1',
    MAIL_DKIM_KEY: key.pem,
    MAIL_CHECK_DNS: dns.address,
  });
}, 60_000);
afterAll(async () => {
  await api.stop();
  await dns.close();
});
beforeEach(() => {
  dns.zones = { ...GOOD };
});

async function look(): Promise<Record<string, MailReply['findings'][number]>> {
  const { status, body } = await api.call('/v1/settings/mail');
  expect(status).toBe(200);
  const { findings } = body as unknown as MailReply;
  return Object.fromEntries(findings.map((one) => [one.check, one]));
}

describe('what DNS must hold for mail to arrive', () => {
  it('is asked of DNS, with all that SPF includes, and found in order', async () => {
    const found = await look();
    const statuses = Object.entries(found).map(([check, { status }]) => [check, status]);
    expect(Object.fromEntries(statuses)).toEqual({
      ...{ spf: 'ok', dkim: 'ok', dmarc: 'ok', alignment: 'ok', mx: 'ok', returnPath: 'ok' },
      reverseDns: 'unknown',
    });
    expect(found.spf?.why).toContain('2 of at most 10');
    expect(found.dkim).toMatchObject({ found: [key.record], put: null });
    expect(found.mx).toMatchObject({ found: ['10 mx.shop.example'] });
  });

  it('is told as records to put, where nothing is there', async () => {
    dns.zones = {};
    const found = await look();
    expect(found.dkim).toMatchObject({
      status: 'fault',
      put: { type: 'TXT', name: 'k1._domainkey.shop.example', value: key.record },
    });
    expect(found.spf).toMatchObject({ status: 'fault', put: { name: 'bounce.shop.example' } });
    expect(found.dmarc).toMatchObject({ status: 'fault', put: { name: '_dmarc.shop.example' } });
  });

  it('is not the key of somebody else', async () => {
    dns.zones['k1._domainkey.shop.example'] = { TXT: [LONG] };
    expect((await look()).dkim).toMatchObject({ status: 'fault', found: [LONG] });
  });

  it('is not known where a name server does not answer, and everything else is', async () => {
    dns.zones['_dmarc.shop.example'] = 'silent';
    const found = await look();
    expect(found.dmarc).toMatchObject({ status: 'unknown' });
    expect(found.dmarc?.why).toContain('did not answer');
    expect(found.spf).toMatchObject({ status: 'ok' });
  });

  it('is shown by the command, whose end says whether something is at fault', async () => {
    const run = (): Promise<{ code: number; text: string }> =>
      new Promise((resolve) => {
        const words = ['cli/kairos.mjs', 'mail', 'check', '--url', api.url, '--key', ADMIN_KEY];
        execFile(process.execPath, words, (error, stdout) => {
          resolve({ code: error === null ? 0 : Number(error.code), text: stdout });
        });
      });
    expect(await run()).toEqual({ code: 0, text: expect.stringContaining('ok  dkim') });
    dns.zones['k1._domainkey.shop.example'] = {};
    const { code, text } = await run();
    expect(code).toBe(1);
    expect(text).toContain('FAULT  dkim');
    expect(text).toContain(key.record);
  });

  it('is for those with the key', async () => {
    expect((await api.call('/v1/settings/mail', { key: null })).status).toBe(401);
  });

  it('is looked up for SendGrid’s own keys where SendGrid sends', async () => {
    const other = await TestApi.start('mail-check-sendgrid', {
      MAIL_FROM: 'news@shop.example',
      MAIL_CHECK_DNS: dns.address,
    });
    dns.zones['s1._domainkey.shop.example'] = { CNAME: 's1.domainkey.u1.wl1.sendgrid.net' };
    dns.zones['s1.domainkey.u1.wl1.sendgrid.net'] = { TXT: ['k=rsa; p=QUJD'] };
    const { body } = await other.call('/v1/settings/mail');
    await other.stop();
    const { findings } = body as unknown as MailReply;
    expect(findings.filter(({ check }) => check === 'dkim')).toMatchObject([
      { status: 'ok', found: ['s1.domainkey.u1.wl1.sendgrid.net'] },
      { status: 'fault', found: [], put: { name: 's2._domainkey.shop.example' } },
    ]);
  });
});

describe('its page', () => {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    page = await browser.newPage();
    page.on('console', (line) => faults.push(line.text()));
  });
  afterAll(() => browser.close());

  const ask = async (typed: string): Promise<void> => {
    await page.goto(`${api.url}/mail`);
    await page.getByLabel('Admin key').fill(typed);
    await page.getByRole('button', { name: 'Look' }).click();
  };

  it('shows nothing without the key', async () => {
    await ask('some-other-key-of-somebody');
    expect(await page.getByRole('alert').textContent()).toContain('not the admin key');
    expect(await page.content()).not.toContain('shop.example');
  });

  it('says what to put into DNS, whole and to be copied, with the key in no address', async () => {
    dns.zones = { '_dmarc.shop.example': { TXT: ['v=DMARC1; p=<b>none'] } };
    await ask(ADMIN_KEY);
    expect(page.url()).toBe(`${api.url}/mail`);
    const values = await page.locator('dd code').allTextContents();
    expect(values).toContain(key.record);
    expect(values).toContain('k1._domainkey.shop.example');
    // What a stranger wrote into DNS is shown as it is.
    expect(values).toContain('v=DMARC1; p=<b>none');
    await page.getByText(key.record).click();
    expect(await page.evaluate('getSelection().toString()')).toBe(key.record);
    expect(await page.content()).not.toContain(ADMIN_KEY);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    // A refused key is a 403, of which a browser tells its developers.
    expect(faults.filter((line) => !line.includes('403'))).toEqual([]);
    if (process.env.KAIROS_SHOTS) {
      await page.screenshot({ path: `${process.env.KAIROS_SHOTS}/mail.png`, fullPage: true });
    }
  });
});
