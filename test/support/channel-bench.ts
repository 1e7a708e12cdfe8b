import { randomBytes } from 'node:crypto';
import type { Content, Outgoing, Provider, ProviderReceipt, Sought } from '#channels/provider.ts';
import { createLines } from '#channels/providers.ts';
import { channelSettings, type ChannelSettings } from '#channels/settings.ts';
import { contentHash } from '#channels/text-hash.ts';
import type { CarriedChannel } from '#domain/message/message.ts';
import { sandboxEnvironment } from '#sandbox/accounts.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { WebhookSink } from './webhook-sink.ts';

/** Long enough for an answer on a busy machine. */
export const TIMEOUT_MS = 5_000;
export const FROM = 'Shop <shop@kairos.example>';
const LINK_SECRET = 'a-secret-of-the-contract-test';

/** The sandbox of a test file, and who it posts receipts to. */
export let sandbox: SandboxProcess;
export let sink: WebhookSink;

export async function openChannels(): Promise<void> {
  sink = await WebhookSink.start();
  sandbox = await SandboxProcess.start(sink.url);
}

export async function closeChannels(): Promise<void> {
  await sandbox.remove();
  await sink.close();
}

export function settingsOf(changes: Record<string, string> = {}): ChannelSettings {
  const env = sandboxEnvironment(sandbox.accounts, sandbox.url, {});
  const links = { publicUrl: sink.url, signing: LINK_SECRET, known: [LINK_SECRET] };
  return channelSettings({ ...env, MAIL_FROM: FROM, ...changes }, links);
}

/** The first choice of a channel, or the one of a name. */
export function providerOf(
  channel: CarriedChannel,
  changes: Record<string, string> = {},
  name?: string,
): Provider {
  const line = createLines(settingsOf({ INFOBIP_SMS_SENDER: 'KairosShop', ...changes }))[channel];
  return line.find((provider) => provider.name === name) ?? line[0];
}

export const CONTENTS: Record<CarriedChannel, Content> = {
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
export function subscriptionAt(origin: string): string {
  const { publicKey: p256dh, auth } = sandbox.accounts.webPush.browser;
  const endpoint = `${origin}/wpush/v2/${randomBytes(16).toString('hex')}`;
  return JSON.stringify({ endpoint, keys: { p256dh, auth } });
}

/** What the sandbox calls an address: of a subscription the last part of where it is. */
export function inSandbox(to: string): string {
  return /\/([0-9a-f]{32})"/.exec(to)?.[1] ?? to;
}

export const ADDRESSES: Record<CarriedChannel, () => string> = {
  email: () => `${randomBytes(6).toString('hex')}@customer.example`,
  sms: phoneNumber,
  push: () => `token:${randomBytes(16).toString('hex')}`,
  'web-push': () => subscriptionAt('https://updates.push.services.mozilla.com'),
  viber: phoneNumber,
};

export function outgoing(
  channel: CarriedChannel,
  to: string,
  changes: Partial<Outgoing> = {},
): Outgoing {
  const messageId = `run-${randomBytes(4).toString('hex')}/remind/0/1`;
  return { messageId, to, content: CONTENTS[channel], timeoutMs: TIMEOUT_MS, ...changes };
}

/** The same message as a provider is asked for it afterwards. */
export function sought({ content, ...message }: Outgoing): Sought {
  return { ...message, textHash: contentHash(content) ?? '' };
}

export async function until<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('waited in vain');
}

/** The receipts that came in for one message, by the parsers that Kairos uses. */
export function receiptsOf(messageId: string): ProviderReceipt[] {
  return Object.entries(settingsOf().receipts)
    .flatMap(([name, read]) => sink.to(`/v1/webhooks/${name}`).flatMap((post) => read(post)))
    .filter((receipt) => receipt.messageId === messageId);
}
