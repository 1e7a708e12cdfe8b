import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  byExchange,
  byGmail,
  byPostfix,
  complaint,
  type Returned,
} from './support/returned-mails.ts';
import { SmtpSink } from './support/smtp-sink.ts';
import type { MessageView } from './support/views.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const REPORTS_KEY = 'reports-key-of-the-mail-server';
const UNKNOWN = { status: '5.1.1', diagnostic: '550 5.1.1 user unknown' };
const JOURNEY = {
  key: 'letters',
  name: 'Letters',
  entry: { api: true, reentry: 'always' },
  start: 'write',
  steps: {
    write: { send: { template: 'letter', channel: 'email' }, next: 'leave' },
    leave: { end: 'done' },
  },
};

let kairos: WholeKairos;
let smtp: SmtpSink;
beforeAll(async () => {
  smtp = await SmtpSink.start();
  kairos = await WholeKairos.start('mail-returned', {
    env: {
      ...{ SENDGRID_API_KEY: '', SENDGRID_BASE_URL: '', SMTP_URL: smtp.url() },
      MAIL_BOUNCE_DOMAIN: 'bounce.shop.example',
      MAIL_REPORTS_KEY: REPORTS_KEY,
    },
  });
  const email = {
    subject: 'News',
    html: '<p>News. <a href="{{ links.unsubscribe }}">Leave</a></p>',
  };
  await kairos.call('PUT', '/v1/templates/letter', {
    ...{ key: 'letter', kind: 'marketing', topic: 'offers', languages: { en: { email } } },
  });
  await kairos.publish(JOURNEY);
}, 120_000);
afterAll(async () => {
  await kairos.stop();
  await smtp.close();
});

interface Reader {
  userId: string;
  /** What is known of the mail that they were sent. */
  mail: Returned;
}

/** Sends somebody a letter; answers their messages once there is one more. */
async function write(userId: string): Promise<MessageView[]> {
  const before = (await kairos.messages(`profile=external:${userId}`)).length;
  await kairos.call('POST', '/v1/journeys/letters/runs', { profile: `external:${userId}` });
  return kairos.until('an ended send', async () => {
    const all = await kairos.messages(`profile=external:${userId}`);
    const isEnded = all.every(({ status }) => !['sending', 'deferred'].includes(status));
    return all.length > before && isEnded ? all : null;
  });
}

/** Somebody who was sent a letter by SMTP. */
async function reader(): Promise<Reader> {
  const userId = randomBytes(4).toString('hex');
  const to = `${userId}@customer.example`;
  await kairos.track('identify', { userId, traits: { email: to } });
  const [message] = await write(userId);
  const sent = smtp.mails.find((mail) => mail.to === to);
  if (message === undefined || sent === undefined) throw new Error('nothing was sent');
  const messageIdHeader = /^Message-ID: (.*)\r$/im.exec(sent.raw)?.[1] ?? '';
  return { userId, mail: { returnPath: sent.from, messageIdHeader, messageId: message.id } };
}

/** What a mail server does with a mail that comes back; answers the status. */
async function hand(raw: string, key = REPORTS_KEY): Promise<number> {
  const answer = await fetch(`${kairos.url}/v1/webhooks/mail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' },
    body: raw,
  });
  return answer.status;
}

const told = (userId: string, status: string): Promise<MessageView> =>
  kairos.until(`a message that is ${status}`, async () => {
    const all = await kairos.messages(`profile=external:${userId}`);
    return all.find((one) => one.status === status) ?? null;
  });

async function counted(result: string): Promise<number> {
  const headers = { authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}` };
  const text = await (await fetch(`${kairos.url}/metrics`, { headers })).text();
  const line = `kairos_webhook_receipts_total{provider="mail",result="${result}"} `;
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.slice(line.length) ?? 0,
  );
}

describe('a mail by SMTP that comes back', () => {
  it('ends its address at once where nobody is there', async () => {
    const { userId, mail } = await reader();
    expect(mail.returnPath).toMatch(/^[a-z2-7]{26}@bounce\.shop\.example$/);
    expect(await hand(byPostfix(mail, UNKNOWN))).toBe(204);
    await told(userId, 'bounced');
    const [latest] = await write(userId);
    expect(latest).toMatchObject({ status: 'suppressed', reason: 'suppressed' });
  });

  it('is one event, however often and by whomever it is told', async () => {
    const { userId, mail } = await reader();
    const tellings = [byPostfix(mail, UNKNOWN), byExchange(mail, UNKNOWN), byGmail(mail, UNKNOWN)];
    for (const raw of [...tellings, ...tellings]) expect(await hand(raw)).toBe(204);
    const { history } = await told(userId, 'bounced');
    expect(history.filter(({ status }) => status === 'bounced')).toHaveLength(1);
    const id = `mail:${mail.messageId}:bounced:hard`;
    expect(await kairos.mongo.collections.events.countDocuments({ _id: id })).toBe(1);
  });

  it('is found by its code alone, where the server gives nothing else back', async () => {
    const { userId, mail } = await reader();
    const bare = byPostfix(mail, UNKNOWN).replace(
      /^(X-Kairos-Message-Id|Message-ID): .*\r\n/gim,
      '',
    );
    expect(await hand(bare)).toBe(204);
    await told(userId, 'bounced');
  });

  it('counts against its address where it may work later, and then ends it for marketing', async () => {
    await kairos.call('PUT', '/v1/settings/gate', { softBounces: { max: 2, within: 'P30D' } });
    const { userId, mail } = await reader();
    const full = { status: '4.2.2', diagnostic: '452 4.2.2 over quota' };
    await hand(byPostfix(mail, full));
    await told(userId, 'bounced');
    const [second] = await write(userId);
    expect(second).toMatchObject({ status: 'sent' });
    const again = smtp.mails.filter(({ to }) => to === `${userId}@customer.example`)[1];
    const returned = { ...mail, returnPath: again?.from ?? '', messageId: second?.id ?? '' };
    await hand(byPostfix({ ...returned, messageIdHeader: '<other@shop.example>' }, full));
    await kairos.until('both back', async () => {
      const all = await kairos.messages(`profile=external:${userId}`);
      return all.every(({ status }) => status === 'bounced') ? true : null;
    });
    expect((await write(userId))[0]).toMatchObject({ status: 'suppressed' });
  });

  it('says nothing of its address where it was the shop that was refused', async () => {
    await kairos.call('PUT', '/v1/settings/gate', { softBounces: { max: 1, within: 'P30D' } });
    const { userId, mail } = await reader();
    const diagnostic = '550-5.7.26 Your email has been blocked: the sender is unauthenticated';
    await hand(byGmail(mail, { status: '5.7.26', diagnostic }));
    await told(userId, 'bounced');
    expect((await write(userId))[0]).toMatchObject({ status: 'sent' });
  });
});

describe('the script of docs/deliverability.md', () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'kairos-mail-'));
    const keyFile = path.join(folder, 'key');
    await writeFile(keyFile, `Authorization: Bearer ${REPORTS_KEY}\n`);
    const text = await readFile('docs/deliverability.md', 'utf8');
    const [, written = ''] = /```sh\n(#!\/bin\/sh\n[^]*?)```/.exec(text) ?? [];
    script = written.replace('/etc/postfix/kairos-key', keyFile);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What a mail server sees of it: how it ends. */
  async function pipe(raw: string, url: string): Promise<number | null> {
    const child = spawn('sh', ['-c', script.replace('https://YOUR-KAIROS', url)], {
      stdio: ['pipe', 'inherit', 'ignore'],
    });
    child.stdin.end(raw);
    await once(child, 'exit');
    return child.exitCode;
  }

  it('hands a mail on, and has the mail server try again where nobody answers', async () => {
    const { userId, mail } = await reader();
    const report = byExchange(mail, UNKNOWN);
    expect(await pipe(report, 'http://127.0.0.1:9')).toBe(75);
    expect(await pipe(report, kairos.url)).toBe(0);
    await told(userId, 'bounced');
  });
});

describe('a mail that somebody calls spam', () => {
  it('is the last one that they get', async () => {
    const { userId, mail } = await reader();
    expect(await hand(complaint(mail))).toBe(204);
    await told(userId, 'complained');
    expect((await write(userId))[0]).toMatchObject({ status: 'suppressed', reason: 'suppressed' });
  });
});

describe('what else a mail server hands on', () => {
  it('is counted and changes nothing: delays, invented codes, mails of others', async () => {
    const { userId, mail } = await reader();
    const before = await counted('ignored');
    const invented = 'a'.repeat(26);
    const forged = {
      ...{ returnPath: `${invented}@bounce.shop.example`, messageId: mail.messageId },
      messageIdHeader: `<${invented}@shop.example>`,
    };
    expect(await hand(byPostfix(forged, UNKNOWN))).toBe(204);
    expect(await hand(byPostfix(mail, { ...UNKNOWN, action: 'delayed' }))).toBe(204);
    expect(await hand('Subject: Hello\r\n\r\nHello')).toBe(204);
    expect(await counted('ignored')).toBe(before + 3);
    expect(await kairos.messages(`profile=external:${userId}`)).toMatchObject([{ status: 'sent' }]);
  });

  it('is refused without its key, with another one, and where it is too large', async () => {
    const { userId, mail } = await reader();
    const report = byPostfix(mail, UNKNOWN);
    expect(await hand(report, 'some-other-key-of-somebody')).toBe(401);
    expect(await hand(report, kairos.environment.KAIROS_ADMIN_KEY)).toBe(401);
    expect(await hand(report + 'x'.repeat(2 * 1024 * 1024))).toBe(413);
    expect(await kairos.messages(`profile=external:${userId}`)).toMatchObject([{ status: 'sent' }]);
  });
});
