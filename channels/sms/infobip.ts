import { z } from 'zod';
import {
  callInfobip,
  checkTaken,
  InfobipAccount,
  infobipNumber,
  isInLog,
  validity,
} from '#channels/infobip/call.ts';
import { readReports } from '#channels/infobip/read-reports.ts';
import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
  type Sought,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import { receiptUrl, type ReceiptLinks } from '#channels/receipt-links.ts';

const NAME = 'infobip-sms';

const Settings = InfobipAccount.extend({
  /** A number of the account, or its name where the country allows one. */
  sender: z.string().min(1),
});
type Settings = z.infer<typeof Settings>;

const CAPABILITIES: Capabilities = {
  deliveryReceipts: true,
  openReceipts: false,
  acceptanceReceipts: false,
  lookup: true,
  idempotent: true,
  // 25 parts, as Infobip's own limit has it, of which few should ever be sent.
  maxLength: 4_000,
  images: false,
  costMicros: 10_000,
};

const RECEIPTS = { sent: 'SMS Sent', delivered: 'SMS Delivered', failed: 'SMS Failed' } as const;

/** Text messages through Infobip. */
class InfobipSms implements Provider {
  readonly name = NAME;
  readonly channel = 'sms';
  readonly capabilities = CAPABILITIES;
  private readonly settings: Settings;
  private readonly links: ReceiptLinks;

  constructor(settings: Settings, links: ReceiptLinks) {
    this.settings = settings;
    this.links = links;
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, content, messageId, timeoutMs } = outgoing;
    if (content.channel !== 'sms') throw new ProviderError('ourFault', `${NAME}-wrong-channel`);
    const message = {
      sender: this.settings.sender,
      destinations: [{ to: infobipNumber(to), messageId }],
      content: { text: content.text },
      options: validity(outgoing),
      webhooks: {
        delivery: { url: receiptUrl(this.links, NAME, messageId) },
        contentType: 'application/json',
      },
    };
    const call = { name: NAME, path: '/sms/3/messages', body: { messages: [message] }, timeoutMs };
    checkTaken(NAME, await callInfobip(this.settings, call));
    return { providerId: messageId };
  }

  async find({ messageId, timeoutMs }: Sought, since: number): Promise<string | null> {
    const call = { name: NAME, path: '/sms/3/logs', messageId, since, timeoutMs };
    return (await isInLog(this.settings, call)) ? messageId : null;
  }
}

export const infobipSms = defineProvider({
  name: NAME,
  channel: 'sms',
  capabilities: CAPABILITIES,
  setBy: ['INFOBIP_SMS_SENDER'],
  variables: {
    apiKey: 'INFOBIP_API_KEY',
    baseUrl: 'INFOBIP_BASE_URL',
    sender: 'INFOBIP_SMS_SENDER',
  },
  settings: Settings,
  create: (settings, links) => new InfobipSms(settings, links),
  receipts: {
    signedBy: 'the token in the address, which each message names',
    contentType: 'application/json',
    variables: {},
    settings: z.object({}),
    read: (request, _settings, links) =>
      readReports(request, links, { name: NAME, names: RECEIPTS }),
  },
});
