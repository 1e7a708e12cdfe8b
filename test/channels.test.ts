import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import type { Provider } from '#channels/provider.ts';
import { createProviders } from '#channels/providers.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import { makeSandboxAccounts } from '#sandbox/accounts.ts';
import {
  ADDRESSES,
  closeChannels,
  inSandbox,
  openChannels,
  outgoing,
  providerOf,
  sandbox,
  settingsOf,
  TIMEOUT_MS,
} from './support/channel-bench.ts';
import { freePort } from './support/sandbox-process.ts';
import { SmtpSink, type SmtpOutcome } from './support/smtp-sink.ts';

/** Shorter than the sandbox's slow answer. */
const IMPATIENT_MS = 400;

let smtp: SmtpSink;

beforeAll(async () => {
  smtp = await SmtpSink.start();
  await openChannels();
});

afterAll(async () => {
  await closeChannels();
  await smtp.close();
});

/** How the contract test looks at one provider from outside. */
interface Case {
  name: string;
  channel: CarriedChannel;
  provider: () => Provider;
  elsewhere: (port: number) => Provider;
  misconfigured: () => Provider;
  plan: (to: string, outcome: SmtpOutcome) => Promise<unknown>;
  /** What was accepted for this address, as text. */
  accepted: (to: string) => Promise<string[]>;
}

const viaSandbox = (
  channel: CarriedChannel,
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
