import { createECDH, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import type { Content, Outgoing, Provider, ProviderReceipt } from '#channels/provider.ts';
import { createLines, createProviders } from '#channels/providers.ts';
import { channelSettings } from '#channels/settings.ts';
import { makeSandboxAccounts, sandboxEnvironment } from '#sandbox/accounts.ts';
import { freePort, SandboxProcess } from '#test/support/sandbox-process.ts';
import { SmtpSink, type SmtpOutcome } from '#test/support/smtp-sink.ts';
import { WebhookSink } from '#test/support/webhook-sink.ts';

/** Long enough for an answer on a busy machine. */
const TIMEOUT_MS = 5_000;
/** Shorter than the sandbox's slow answer. */
const IMPATIENT_MS = 400;
const FROM = 'Shop <shop@kairos.example>';
const LINK_SECRET = 'a-secret-of-the-contract-test';

let sandbox: SandboxProcess;
let sink: WebhookSink;
let smtp: SmtpSink;

beforeAll(async () => {
  sink = await WebhookSink.start();
  smtp = await SmtpSink.start();
  sandbox = await SandboxProcess.start(sink.url);
});

afterAll(async () => {
  await sandbox.remove();
  await smtp.close();
  await sink.close();
});

function settingsOf(changes: Record<string, string> = {}) {
  const env = sandboxEnvironment(sandbox.accounts, sandbox.url, {});
  const links = { publicUrl: sink.url, signing: LINK_SECRET, known: [LINK_SECRET] };
  return channelSettings({ ...env, MAIL_FROM: FROM, ...changes }, links);
}

/** The first choice of a channel, or the one of a name. */
function providerOf(
  channel: Content['channel'],
  changes: Record<string, string> = {},
  name?: string,
): Provider {
  const line = createLines(settingsOf({ INFOBIP_SMS_SENDER: 'KairosShop', ...changes }))[channel];
  return line.find((provider) => provider.name === name) ?? line[0];
}

const CONTENTS: Record<Content['channel'], Content> = {
  email: {
    channel: 'email',
    subject: 'Ваша корзина ждёт',
    html: '<p>Hello</p>',
    text: 'Hello',
    unsubscribeUrl: 'https://shop.example/u/1',
  },
  sms: { channel: 'sms', text: 'Ваша корзина ждёт: https://shop.example/c/1?a=b&c=d' },
  push: {
    channel: 'push',
    title: 'Still thinking?',
    body: 'It waits',
    link: 'https://shop.example',
  },
  'web-push': {
    channel: 'web-push',
    title: 'Still thinking?',
    body: 'Ваша корзина ждёт',
    link: 'https://shop.example',
    image: 'https://shop.example/boots.jpg',
  },
  viber: {
    channel: 'viber',
    text: 'Ваша корзина ждёт',
    image: 'https://shop.example/boots.jpg',
    button: { title: 'Открыть', link: 'https://shop.example/c/1?a=b&c=d' },
    isPromotion: true,
  },
};

const phoneNumber = (): string =>
  `+1202${String(randomBytes(4).readUInt32BE() % 10_000_000).padStart(7, '0')}`;

/** A subscription of the browser that the sandbox plays, at a push service. */
function subscriptionAt(origin: string): string {
  const { publicKey: p256dh, auth } = sandbox.accounts.webPush.browser;
  const endpoint = `${origin}/wpush/v2/${randomBytes(16).toString('hex')}`;
  return JSON.stringify({ endpoint, keys: { p256dh, auth } });
}

/** What the sandbox calls an address: of a subscription the last part of where it is. */
function inSandbox(to: string): string {
  return /\/([0-9a-f]{32})"/.exec(to)?.[1] ?? to;
}

const ADDRESSES: Record<Content['channel'], () => string> = {
  email: () => `${randomBytes(6).toString('hex')}@customer.example`,
  sms: phoneNumber,
  push: () => `token:${randomBytes(16).toString('hex')}`,
  'web-push': () => subscriptionAt('https://updates.push.services.mozilla.com'),
  viber: phoneNumber,
};

function outgoing(
  channel: Content['channel'],
  to: string,
  changes: Partial<Outgoing> = {},
): Outgoing {
  const messageId = `run-${randomBytes(4).toString('hex')}/remind/0/1`;
  return { messageId, to, content: CONTENTS[channel], timeoutMs: TIMEOUT_MS, ...changes };
}

async function until<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('waited in vain');
}

/** How the contract test looks at one provider from outside. */
interface Case {
  name: string;
  channel: Content['channel'];
  provider: () => Provider;
  elsewhere: (port: number) => Provider;
  misconfigured: () => Provider;
  plan: (to: string, outcome: SmtpOutcome) => Promise<unknown>;
  /** What was accepted for this address, as text. */
  accepted: (to: string) => Promise<string[]>;
}

const viaSandbox = (
  channel: Content['channel'],
  base: string,
  bad: () => Record<string, string>,
  name?: string,
) => ({
  channel,
  provider: () => providerOf(channel, {}, name),
  elsewhere: (port: number) => {
    const url = `http://127.0.0.1:${String(port)}`;
    return providerOf(channel, { [`${base}_BASE_URL`]: url }, name);
  },
  misconfigured: () => providerOf(channel, bad(), name),
  plan: (to: string, outcome: SmtpOutcome) =>
    sandbox.rules([{ channel, to: inSandbox(to), outcome }]),
  accepted: async (to: string) =>
    (await sandbox.inbox(inSandbox(to))).map((row) => JSON.stringify(row.payload)),
});

const overSmtp = (url: string): Provider =>
  createProviders(settingsOf({ SENDGRID_API_KEY: '', SMTP_URL: url })).email;

const CASES: Case[] = [
  {
    name: 'sendgrid',
    ...viaSandbox('email', 'SENDGRID', () => ({ SENDGRID_API_KEY: 'SG.wrong' })),
  },
  { name: 'twilio', ...viaSandbox('sms', 'TWILIO', () => ({ TWILIO_AUTH_TOKEN: 'wrong' })) },
  {
    name: 'infobip-sms',
    ...viaSandbox('sms', 'INFOBIP', () => ({ INFOBIP_API_KEY: 'wrong' }), 'infobip-sms'),
  },
  {
    name: 'fcm',
    ...viaSandbox('push', 'FCM', () => {
      const other = { ...sandbox.accounts.fcm.serviceAccount, client_email: 'x@y.example' };
      return { FCM_SERVICE_ACCOUNT: JSON.stringify(other) };
    }),
  },
  {
    name: 'web-push',
    ...viaSandbox('web-push', 'WEB_PUSH', () => {
      const { publicKey, privateKey } = makeSandboxAccounts().webPush;
      return { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey };
    }),
  },
  {
    name: 'infobip-viber',
    ...viaSandbox('viber', 'INFOBIP', () => ({ INFOBIP_API_KEY: 'wrong' })),
  },
  {
    name: 'smtp',
    channel: 'email',
    provider: () => overSmtp(smtp.url()),
    elsewhere: (port) => overSmtp(`smtp://127.0.0.1:${String(port)}`),
    misconfigured: () => overSmtp(smtp.url('user:wrong@')),
    plan: (to, outcome) => {
      smtp.plan(to, outcome);
      return Promise.resolve();
    },
    accepted: (to) =>
      Promise.resolve(smtp.mails.filter((mail) => mail.to === to).map(({ raw }) => raw)),
  },
];

it('is the contract of every provider there is', () => {
  const names = PROVIDER_KINDS.map(({ name }) => name);
  expect(CASES.map(({ name }) => name).sort()).toEqual([...names].sort());
});

describe.each(CASES)('the provider $name', (subject) => {
  const { channel } = subject;
  let provider: Provider;

  beforeAll(() => {
    provider = subject.provider();
    expect(provider).toMatchObject({ name: subject.name, channel });
  });
  afterAll(() => provider.close?.());

  const planned = async (outcome: SmtpOutcome, timeoutMs = TIMEOUT_MS) => {
    const to = ADDRESSES[channel]();
    await subject.plan(to, outcome);
    return { to, sending: provider.send(outgoing(channel, to, { timeoutMs })) };
  };

  it('hands a message over with our id in it, once', async () => {
    const to = ADDRESSES[channel]();
    const message = outgoing(channel, to);
    const { providerId } = await provider.send(message);
    expect(providerId).toBeTruthy();
    const accepted = await subject.accepted(to);
    expect(accepted).toHaveLength(1);
    const carried = [message.messageId, encodeURIComponent(message.messageId)];
    expect(carried.some((id) => accepted[0]?.includes(id))).toBe(true);
    if (channel === 'email') expect(accepted[0]).toContain('List-Unsubscribe=One-Click');
  });

  it('gives up on an address the provider refuses', async () => {
    const { to, sending } = await planned('reject');
    await expect(sending).rejects.toMatchObject({ action: 'badAddress' });
    expect(await subject.accepted(to)).toEqual([]);
  });

  it('may try again after an error of the provider', async () => {
    const { to, sending } = await planned('error');
    await expect(sending).rejects.toMatchObject({ action: 'retryLater' });
    expect(await subject.accepted(to)).toEqual([]);
  });

  it('says when to try again at a rate limit', async () => {
    const { sending } = await planned('rateLimit');
    const retryAfterMs = subject.name === 'smtp' ? undefined : 1000;
    await expect(sending).rejects.toMatchObject({ action: 'retryLater', retryAfterMs });
  });

  it('is unsure when the connection drops after the message was taken', async () => {
    const { to, sending } = await planned('lostReply');
    await expect(sending).rejects.toMatchObject({ action: 'unsure' });
    expect(await subject.accepted(to)).toHaveLength(1);
  });

  it('is unsure when the answer takes longer than it may', async () => {
    const started = Date.now();
    const { sending } = await planned('slow', IMPATIENT_MS);
    await expect(sending).rejects.toMatchObject({ action: 'unsure' });
    expect(Date.now() - started).toBeLessThan(TIMEOUT_MS);
  });

  it('may try again when nobody listens', async () => {
    const nowhere = subject.elsewhere(await freePort());
    const sending = nowhere.send(outgoing(channel, ADDRESSES[channel]()));
    await expect(sending).rejects.toMatchObject({ action: 'retryLater' });
    await nowhere.close?.();
  });

  it('calls wrong credentials our fault', async () => {
    const wrong = subject.misconfigured();
    const sending = wrong.send(outgoing(channel, ADDRESSES[channel]()));
    await expect(sending).rejects.toMatchObject({ action: 'ourFault' });
    await wrong.close?.();
  });

  it('never repeats what a provider or a library says in its errors', async () => {
    const { to, sending } = await planned('reject');
    const error: unknown = await sending.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(/^ProviderError: [a-z]+-[\w-]+$/);
    expect(JSON.stringify(error)).not.toContain(to);
  });
});

/** The receipts that came in for one message, by the parsers that Kairos uses. */
function receiptsOf(messageId: string): ProviderReceipt[] {
  return Object.entries(settingsOf().receipts)
    .flatMap(([name, read]) => sink.to(`/v1/webhooks/${name}`).flatMap((post) => read(post)))
    .filter((receipt) => receipt.messageId === messageId);
}

describe('receipts', () => {
  const RECEIVED: [Content['channel'], 'deliver' | 'click' | 'bounce', string[]][] = [
    [
      'email',
      'click',
      ['Email Processed', 'Email Delivered', 'Email Opened', 'Email Link Clicked'],
    ],
    ['email', 'bounce', ['Email Processed', 'Email Bounced']],
    ['sms', 'deliver', ['SMS Sent', 'SMS Delivered']],
    ['sms', 'bounce', ['SMS Sent', 'SMS Failed']],
    ['web-push', 'deliver', ['Web Push Received']],
    ['web-push', 'click', ['Web Push Received', 'Web Push Clicked']],
    ['viber', 'deliver', ['Viber Delivered']],
    ['viber', 'click', ['Viber Delivered', 'Viber Read']],
    ['viber', 'bounce', ['Viber Failed']],
  ];

  it.each(RECEIVED)('of %s after %s bring our id back, signed', async (channel, outcome, names) => {
    const to = ADDRESSES[channel]();
    await sandbox.rules([{ channel, to: inSandbox(to), outcome }]);
    const message = outgoing(channel, to);
    const { providerId } = await createProviders(settingsOf())[channel].send(message);
    const found = await until(() => {
      const receipts = receiptsOf(message.messageId);
      return receipts.length >= names.length ? receipts : undefined;
    });
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
    // A service worker does not know what the push service calls the message.
    const known = channel === 'web-push' ? null : providerId;
    expect(found.every((receipt) => receipt.providerId === known)).toBe(true);
    expect(new Set(found.map(({ eventId }) => eventId)).size).toBe(names.length);
    const bounces = found.map(({ bounce }) => bounce).filter(Boolean);
    expect(bounces).toEqual(outcome === 'bounce' ? ['hard'] : []);
  });

  it.each(['deliver', 'bounce'] as const)(
    'of SMS by the second provider after %s are told in the same words',
    async (outcome) => {
      const to = ADDRESSES.sms();
      await sandbox.rules([{ channel: 'sms', to, outcome }]);
      const message = outgoing('sms', to);
      await providerOf('sms', {}, 'infobip-sms').send(message);
      const [receipt] = await until(() => {
        const receipts = receiptsOf(message.messageId);
        return receipts.length > 0 ? receipts : undefined;
      });
      const told = { deliver: { name: 'SMS Delivered' }, bounce: { name: 'SMS Failed', bounce: 'hard' } };
      expect(receipt).toMatchObject(told[outcome]);
    },
  );

  it('of pushes are tracked by the phone with nothing but the message id', async () => {
    const to = ADDRESSES.push();
    await sandbox.rules([{ channel: 'push', to, outcome: 'open' }]);
    const message = outgoing('push', to);
    await createProviders(settingsOf()).push.send(message);
    const tracked = await until(() => {
      const posts = sink.to('/v1/track').map(({ rawBody }) => rawBody.toString());
      const ours = posts.filter((body) => body.includes(message.messageId));
      return ours.length === 2 ? ours.map((body): unknown => JSON.parse(body)) : undefined;
    });
    const properties = { message_id: message.messageId };
    expect(tracked).toMatchObject([
      { event: 'Push Notification Received', anonymousId: 'phone', properties },
      { event: 'Push Notification Tapped', anonymousId: 'phone', properties },
    ]);
  });

  it('never come for a silent message', async () => {
    const to = ADDRESSES.email();
    await sandbox.rules([{ channel: 'email', to, outcome: 'silent' }]);
    const message = outgoing('email', to);
    await createProviders(settingsOf()).email.send(message);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiptsOf(message.messageId)).toEqual([]);
  });
});

describe('a web push', () => {
  it('can be read by its browser alone, and tells it where to say so', async () => {
    const to = ADDRESSES['web-push']();
    const message = outgoing('web-push', to);
    await createProviders(settingsOf())['web-push'].send(message);
    const [row] = await sandbox.inbox(inSandbox(to));
    const { channel: _channel, ...shown } = CONTENTS['web-push'];
    expect(row?.payload).toEqual({
      ...shown,
      kairos_message_id: message.messageId,
      kairos_receipts: expect.stringContaining(`${sink.url}/v1/webhooks/web-push?receipt=`),
    });
    const strange = createECDH('prime256v1');
    const keys = { p256dh: strange.generateKeys('base64url'), auth: 'a'.repeat(22) };
    const { endpoint } = JSON.parse(ADDRESSES['web-push']()) as { endpoint: string };
    const sealed = outgoing('web-push', JSON.stringify({ endpoint, keys }));
    await createProviders(settingsOf())['web-push'].send(sealed);
    const [other] = await sandbox.inbox(inSandbox(sealed.to));
    expect(other?.payload).toEqual({ encryptedBytes: expect.any(Number) });
  });

  it('is posted to push services of browsers only, and to those that are named', async () => {
    const to = subscriptionAt('https://intranet.shop.example');
    const refused = createProviders(settingsOf())['web-push'].send(outgoing('web-push', to));
    await expect(refused).rejects.toMatchObject({ action: 'badAddress' });
    expect(await sandbox.inbox(inSandbox(to))).toEqual([]);
    const named = createProviders(settingsOf({ WEB_PUSH_SERVICES: 'shop.example' }))['web-push'];
    await named.send(outgoing('web-push', to));
    expect(await sandbox.inbox(inSandbox(to))).toHaveLength(1);
  });
});

const nothingKnown = () => Promise.resolve([]);

describe('looking a Viber message up at Infobip', () => {
  it('finds the one whose answer was lost, by its id, and none that was never taken', async () => {
    const to = ADDRESSES.viber();
    const { viber } = createProviders(settingsOf());
    const message = outgoing('viber', to);
    const since = Date.now();
    expect(await viber.find?.(message, since, nothingKnown)).toBeNull();
    await sandbox.rules([{ channel: 'viber', to, outcome: 'lostReply' }]);
    await expect(viber.send(message)).rejects.toMatchObject({ action: 'unsure' });
    expect(await viber.find?.(message, since, nothingKnown)).toBe(message.messageId);
    expect(await sandbox.inbox(to)).toHaveLength(1);
  });

  it('says nothing of a time that the log does not reach back to', async () => {
    const { viber } = createProviders(settingsOf());
    const longAgo = Date.now() - 3 * 86_400_000;
    const asking = viber.find?.(outgoing('viber', ADDRESSES.viber()), longAgo, nothingKnown);
    await expect(asking).rejects.toMatchObject({ action: 'unsure' });
  });

  it('is told of numbers that opted out, and of numbers that are none', async () => {
    const to = ADDRESSES.viber();
    await sandbox.rules([{ channel: 'viber', to, outcome: 'optOut' }]);
    const { viber } = createProviders(settingsOf());
    await expect(viber.send(outgoing('viber', to))).rejects.toMatchObject({ action: 'optedOut' });
    const wrong = viber.send(outgoing('viber', '+0'));
    await expect(wrong).rejects.toMatchObject({ action: 'badAddress' });
  });
});

describe('looking a text message up at Twilio', () => {

  it('finds the one whose answer was lost, and not one that is known as another', async () => {
    const to = ADDRESSES.sms();
    const { sms } = createProviders(settingsOf());
    const message = outgoing('sms', to);
    const earlier = await sms.send(outgoing('sms', to));
    await sandbox.rules([{ channel: 'sms', to, outcome: 'lostReply' }]);
    const since = Date.now();
    await expect(sms.send(message)).rejects.toMatchObject({ action: 'unsure' });
    const known = (ids: string[]) => Promise.resolve(ids.filter((id) => id === earlier.providerId));
    const found = await sms.find?.(message, since, known);
    expect(found).toBeTruthy();
    expect(found).not.toBe(earlier.providerId);
    expect((await sandbox.inbox(to)).map(({ id }) => id)).toEqual([earlier.providerId, found]);
  });

  it('finds nothing where nothing was accepted', async () => {
    const to = ADDRESSES.sms();
    const { sms } = createProviders(settingsOf());
    await sms.send(outgoing('sms', to, { content: { channel: 'sms', text: 'Another text' } }));
    expect(await sms.find?.(outgoing('sms', to), Date.now(), nothingKnown)).toBeNull();
  });

  it('is told when the person has opted out', async () => {
    const to = ADDRESSES.sms();
    await sandbox.rules([{ channel: 'sms', to, outcome: 'optOut' }]);
    const sending = createProviders(settingsOf()).sms.send(outgoing('sms', to));
    await expect(sending).rejects.toMatchObject({ action: 'optedOut', message: 'twilio-21610' });
  });
});
