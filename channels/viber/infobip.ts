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
  type ViberContent,
} from '#channels/provider.ts';
import { defineProvider } from '#channels/provider-kind.ts';
import { receiptUrl, type ReceiptLinks } from '#channels/receipt-links.ts';

const NAME = 'infobip-viber';

const Settings = InfobipAccount.extend({
  /** The name of the business account, as Viber has registered it. */
  sender: z.string().min(1),
});
type Settings = z.infer<typeof Settings>;

const CAPABILITIES: Capabilities = {
  deliveryReceipts: true,
  // Seen, not clicked: Viber opens links by itself.
  openReceipts: true,
  acceptanceReceipts: false,
  lookup: true,
  idempotent: true,
  maxLength: 1_000,
  images: true,
  costMicros: 8_000,
};

const RECEIPTS = {
  sent: 'Viber Sent',
  delivered: 'Viber Delivered',
  failed: 'Viber Failed',
  seen: 'Viber Read',
} as const;

/** Viber business messages through Infobip. */
class InfobipViber implements Provider {
  readonly name = NAME;
  readonly channel = 'viber';
  readonly capabilities = CAPABILITIES;
  private readonly settings: Settings;
  private readonly links: ReceiptLinks;

  constructor(settings: Settings, links: ReceiptLinks) {
    this.settings = settings;
    this.links = links;
  }

  async send(outgoing: Outgoing): Promise<{ providerId: string | null }> {
    const { to, content, messageId, timeoutMs } = outgoing;
    if (content.channel !== 'viber') throw new ProviderError('ourFault', `${NAME}-wrong-channel`);
    const url = receiptUrl(this.links, NAME, messageId);
    const message = {
      sender: this.settings.sender,
      // Infobip's id of the message is ours: reports come with it, and its log is asked for it.
      destinations: [{ to: infobipNumber(to), messageId }],
      content: contentOf(content),
      options: {
        label: content.isPromotion === true ? 'PROMOTIONAL' : 'TRANSACTIONAL',
        ...validity(outgoing),
      },
      webhooks: { delivery: { url }, contentType: 'application/json', seen: { url } },
    };
    const call = {
      name: NAME,
      path: '/viber/2/messages',
      body: { messages: [message] },
      timeoutMs,
    };
    checkTaken(NAME, await callInfobip(this.settings, call));
    return { providerId: messageId };
  }

  async find({ messageId, timeoutMs }: Sought, since: number): Promise<string | null> {
    const call = { name: NAME, path: '/viber/2/logs', messageId, since, timeoutMs };
    return (await isInLog(this.settings, call)) ? messageId : null;
  }
}

function contentOf({ text, image, button }: ViberContent): object {
  const shown = {
    text,
    ...(button !== undefined && { button: { title: button.title, action: button.link } }),
  };
  return image === undefined
    ? { ...shown, type: 'TEXT' }
    : { ...shown, mediaUrl: image, type: 'IMAGE' };
}

export const infobipViber = defineProvider({
  name: NAME,
  channel: 'viber',
  capabilities: CAPABILITIES,
  setBy: ['INFOBIP_VIBER_SENDER'],
  variables: {
    apiKey: 'INFOBIP_API_KEY',
    baseUrl: 'INFOBIP_BASE_URL',
    sender: 'INFOBIP_VIBER_SENDER',
  },
  settings: Settings,
  create: (settings, links) => new InfobipViber(settings, links),
  receipts: {
    signedBy: 'the token in the address, which each message names',
    contentType: 'application/json',
    variables: {},
    settings: z.object({}),
    read: (request, _settings, links) =>
      readReports(request, links, { name: NAME, names: RECEIPTS }),
  },
});
