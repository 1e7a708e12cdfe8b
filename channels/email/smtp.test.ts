import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authenticate } from 'mailauth';
import { dkimRecordOf, makeDkimKey, readDkimKey } from '#channels/email/dkim-key.ts';
import { codesIn, isReturnCode } from '#channels/email/return-code.ts';
import type { EmailContent } from '#channels/provider.ts';
import { createProviders } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';
import { SmtpSink } from '#test/support/smtp-sink.ts';

const DOMAIN = 'shop.example';
const FROM = `Märchen <news@${DOMAIN}>`;
const LINKS = { publicUrl: 'https://kairos.example', signing: 'secret', known: ['secret'] };
const MESSAGE = 'kx2r9qj3y29ks4d87j91854abc/remind/0/1';

const RECEIPT: EmailContent = {
  channel: 'email',
  subject: 'Ваш заказ принят',
  html: '<p>Дякуємо за замовлення, Ännchen!</p>',
  text: 'Дякуємо за замовлення, Ännchen!',
};
const OFFER: EmailContent = {
  ...RECEIPT,
  unsubscribeUrl: 'https://kairos.example/v1/unsubscribe/eyJ.abc',
  list: { topic: 'New Arrivals', source: 'spring-sale', template: 'sale-mail' },
};

let smtp: SmtpSink;
const key = makeDkimKey();

beforeAll(async () => {
  smtp = await SmtpSink.start();
});
afterAll(() => smtp.close());

const OTHERS = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'token',
  TWILIO_FROM: '+12025550100',
  FCM_SERVICE_ACCOUNT: JSON.stringify({
    ...{ project_id: 'shop', client_email: 'x@shop.example', private_key: 'pem' },
  }),
};

function settings(changes: Record<string, string>): ReturnType<typeof channelSettings> {
  return channelSettings({ ...OTHERS, SMTP_URL: smtp.url(), MAIL_FROM: FROM, ...changes }, LINKS);
}

/** What arrives of a mail that is sent with these settings. */
async function sent(
  content: EmailContent,
  changes: Record<string, string> = {},
): Promise<SmtpSink['mails'][number]> {
  const { email } = createProviders(settings(changes));
  const to = `anna-${String(smtp.mails.length)}@customer.example`;
  await email.send({ messageId: MESSAGE, to, content, timeoutMs: 5_000 });
  await email.close?.();
  const mail = smtp.mails.find((one) => one.to === to);
  if (mail === undefined) throw new Error('nothing arrived');
  return mail;
}

const SIGNED = {
  MAIL_DKIM_SELECTOR: 'k1',
  MAIL_DKIM_KEY: key.pem.replaceAll('\n', '\\n'),
};

/** What a receiver makes of a mail, where DNS holds this for the selector `k1`. */
async function received(raw: string, record = key.record) {
  const answers: Record<string, string[][]> = {
    [`k1._domainkey.${DOMAIN}`]: [[record.slice(0, 200), record.slice(200)]],
    [`_dmarc.${DOMAIN}`]: [['v=DMARC1; p=reject; adkim=s']],
  };
  const { dkim, dmarc } = await authenticate(raw, {
    ...{ ip: '203.0.113.7', helo: 'mail.elsewhere.example', sender: 'x@elsewhere.example' },
    ...{ mta: 'mx.customer.example', disableArc: true, disableBimi: true },
    resolver: (name: string) => {
      const found = answers[name];
      if (found === undefined) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
      return Promise.resolve(found);
    },
  });
  const [signature] = dkim.results;
  return {
    dkim: signature?.status.result,
    covers: (/\bh=([^;]*)/.exec(header(raw, 'DKIM-Signature') ?? '')?.[1] ?? '').split(':'),
    dmarc: dmarc === false ? null : dmarc.status.result,
  };
}

const header = (raw: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, 'im').exec(raw)?.[1]?.replaceAll(/\r\n\s+/g, ' ');

describe('a mail by SMTP', () => {
  it('is signed so that a receiver’s DKIM passes, and DMARC by it alone', async () => {
    const { raw } = await sent(OFFER, SIGNED);
    const found = await received(raw);
    expect(found).toMatchObject({ dkim: 'pass', dmarc: 'pass' });
    for (const name of ['from', 'to', 'subject', 'message-id', 'list-id', 'feedback-id']) {
      expect(found.covers).toContain(name);
    }
    // RFC 8058: a program may leave for its reader only where both are signed.
    expect(found.covers).toContain('list-unsubscribe');
    expect(found.covers).toContain('list-unsubscribe-post');
  });

  it.each([
    ['its text', (raw: string) => raw.replace('\r\nPHA+', '\r\nPHI+')],
    ['whom it is from', (raw: string) => raw.replace('<news@', '<boss@')],
    ['how one leaves', (raw: string) => raw.replace('/v1/unsubscribe/eyJ', '/v1/unsubscribe/eyK')],
  ])('fails there once somebody changes %s', async (_what, change) => {
    const { raw } = await sent(OFFER, SIGNED);
    expect(change(raw)).not.toBe(raw);
    const found = await received(change(raw));
    // mailauth calls a changed text neutral and changed headers a failure: neither counts for DMARC.
    expect(found.dkim).toMatch(/^(neutral|fail)$/);
    expect(found.dmarc).toBe('fail');
  });

  it('fails where DNS holds another key', async () => {
    const { raw } = await sent(OFFER, SIGNED);
    expect(await received(raw, makeDkimKey().record)).toMatchObject({ dkim: 'fail' });
  });

  it('is not signed where no key is set', async () => {
    const { raw } = await sent(OFFER);
    expect(header(raw, 'DKIM-Signature')).toBeUndefined();
    expect(await received(raw)).toMatchObject({ dmarc: 'fail' });
  });

  it('says of marketing which list it is of, and who is to blame for complaints', async () => {
    const { raw } = await sent(OFFER);
    expect(header(raw, 'List-Unsubscribe')).toBe(`<${OFFER.unsubscribeUrl ?? ''}>`);
    expect(header(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(header(raw, 'List-Id')).toBe(`<new-arrivals.${DOMAIN}>`);
    expect(header(raw, 'Feedback-ID')).toBe('spring-sale:sale-mail:new-arrivals:shopexample');
    expect(header(raw, 'Auto-Submitted')).toBeUndefined();
  });

  it('gives a topic in other letters a name that headers can hold', async () => {
    const list = { topic: 'Новинки', source: 'sale', template: 'mail' };
    const { raw } = await sent({ ...OFFER, list });
    expect(header(raw, 'List-Id')).toMatch(/^<t-[0-9a-f]{12}\.shop\.example>$/);
  });

  it('is of no list where somebody waits for it, and asks for no answer', async () => {
    const { raw } = await sent(RECEIPT);
    expect(raw).not.toMatch(/^(List-|Feedback-ID|Precedence)/im);
    expect(header(raw, 'Auto-Submitted')).toBe('auto-generated');
  });

  it('comes back to an address that stands for it and says nothing', async () => {
    const { from, raw, to } = await sent(OFFER, { MAIL_BOUNCE_DOMAIN: 'Bounce.shop.example' });
    expect(from).toMatch(/^[a-z2-7]{26}@bounce\.shop\.example$/);
    const [code = ''] = codesIn(from);
    expect(isReturnCode(['old', 'secret'], MESSAGE, code)).toBe(true);
    expect(isReturnCode(['old', 'secret'], `${MESSAGE}0`, code)).toBe(false);
    expect(header(raw, 'Message-ID')).toBe(`<${code}@${DOMAIN}>`);
    expect(header(raw, 'To')).toBe(to);
  });

  it('comes back to its sender where no domain for that is set', async () => {
    expect(await sent(RECEIPT)).toMatchObject({ from: `news@${DOMAIN}` });
  });
});

describe('a recipient whom the mail server refuses', () => {
  /** What a try comes to where the server answers so. */
  async function refused(reply: string): Promise<unknown> {
    const to = `${randomUUID()}@customer.example`;
    smtp.refuse(to, reply);
    const { email } = createProviders(settings({}));
    const call = email.send({ messageId: MESSAGE, to, content: RECEIPT, timeoutMs: 5_000 });
    const error: unknown = await call.catch((reason: unknown) => reason);
    await email.close?.();
    return error;
  }

  it.each([
    '550 5.1.1 <anna@customer.example>: Recipient address rejected: User unknown',
    '550 No such user here',
    '550 Unrouteable address',
    '550 5.2.1 The email account that you tried to reach is disabled.',
  ])('has an address that ends where nobody is there: %s', async (reply) => {
    expect(await refused(reply)).toMatchObject({ action: 'badAddress', message: 'smtp-550' });
  });

  it.each([
    '554 5.7.1 <anna@customer.example>: Relay access denied',
    '554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org',
    '550 5.7.26 Your email has been blocked because the sender is unauthenticated.',
    '550 rejected by our content policy',
    '552 5.2.2 The email account that you tried to reach is over quota.',
    '550 Requested action not taken',
  ])('keeps it where the server means us, or not now: %s', async (reply) => {
    const message = `smtp-${reply.slice(0, 3)}`;
    expect(await refused(reply)).toMatchObject({ action: 'ourFault', message });
  });

  it('may be tried again where the server says so', async () => {
    expect(await refused('450 4.2.1 Later')).toMatchObject({ action: 'retryLater' });
  });
});

describe('the key that mails are signed with', () => {
  const said = (changes: Record<string, string>): string => {
    try {
      settings(changes);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  const pem = (type: 'ed25519' | 'rsa', bits = 0): string =>
    (type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ed25519')
    ).privateKey
      .export({ type: 'pkcs8', format: 'pem' })
      .toString();

  it.each([
    ['no key', 'hush', 'is no private key in PEM'],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nhush\n-----END PUBLIC KEY-----', 'is no private'],
    ['a short one', pem('rsa', 512), 'has 512 bits, and mail providers take none below 1024'],
    ['one of another kind', pem('ed25519'), 'is a key of type ed25519: many mail providers check'],
  ])(
    'is refused at the start where it is %s, in a sentence that does not quote it',
    (_what, text, why) => {
      const sentence = said({ ...SIGNED, MAIL_DKIM_KEY: text });
      expect(sentence).toContain(`MAIL_DKIM_KEY (${why}`);
      expect(sentence).not.toContain(text.slice(30, 60) || 'hush');
    },
  );

  it('needs its selector, and one place where it is', () => {
    expect(said({ MAIL_DKIM_KEY: key.pem })).toContain('MAIL_DKIM_SELECTOR (is missing');
    expect(said({ MAIL_DKIM_SELECTOR: 'k1' })).toContain('MAIL_DKIM_KEY_FILE (is missing');
    const both = { ...SIGNED, MAIL_DKIM_KEY_FILE: '/nowhere/key.pem' };
    expect(said(both)).toContain('MAIL_DKIM_KEY_FILE (names a file that cannot be read)');
    expect(said({ ...SIGNED, MAIL_DKIM_SELECTOR: 'k 1' })).toContain('(is no name such as k1)');
    expect(said({ MAIL_BOUNCE_DOMAIN: 'bounce' })).toContain('(is no domain such as shop.example)');
    expect(said(SIGNED)).toBe('');
  });

  it('has the record by which others check it', () => {
    const read = readDkimKey(key.pem);
    expect('ok' in read && dkimRecordOf(read.ok)).toBe(key.record);
    expect(key.record).toMatch(/^v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{390,}=*$/);
  });
});
