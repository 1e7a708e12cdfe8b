import {
  ProviderError,
  type Capabilities,
  type Outgoing,
  type Provider,
} from '#channels/provider.ts';
import { isSiteChannel, SITE_CHANNELS, type SiteChannel } from '#domain/message/message.ts';
import type { RenderedSite } from '#domain/site/rendered-site.ts';
import { siteLifeMs } from '#domain/site/site-life.ts';

/** Its name in the ledger, in metrics and in `GET /v1/providers`: nobody else is called. */
const NAME = 'kairos';

/** What may be relied on where Kairos itself shows the message. */
export const SITE_CAPABILITIES: Capabilities = {
  // From the browser or the app, as with push.
  deliveryReceipts: true,
  openReceipts: true,
  acceptanceReceipts: false,
  lookup: true,
  idempotent: true,
  maxLength: 4_000,
  images: true,
  costMicros: 0,
};

/** Where messages wait for the person to come by; messages/site-message-store.ts. */
export interface SiteShelf {
  /** Puts it there once, however often it is asked to. */
  put(message: ShelvedMessage): Promise<void>;
  has(messageId: string): Promise<boolean>;
}

export interface ShelvedMessage {
  messageId: string;
  profileId: string;
  content: RenderedSite;
  /** BCP 47. */
  language?: string;
  /** For how long it may be shown, in ms. */
  livesMs: number;
}

/** The way to whoever comes to the shop's own pages, one for each of its channels. */
export function siteProviders(shelf: SiteShelf): Provider[] {
  return SITE_CHANNELS.map((channel) => siteProvider(channel, shelf));
}

export const SITE_PROVIDER = NAME;

function siteProvider(channel: SiteChannel, shelf: SiteShelf): Provider {
  return {
    name: NAME,
    channel,
    capabilities: SITE_CAPABILITIES,
    async send({ messageId, to, content, language, expiresInMs = Infinity }: Outgoing) {
      if (!isSiteContent(content) || content.channel !== channel) {
        throw new ProviderError('ourFault', `${NAME}-wrong-channel`);
      }
      // At the end of its patience a cascade goes on: nobody is to find it here after that.
      const livesMs = Math.min(siteLifeMs(content), expiresInMs);
      const written = language === undefined ? {} : { language };
      await orUnsure(shelf.put({ messageId, profileId: to, content, livesMs, ...written }));
      return { providerId: messageId };
    },
    async find({ messageId }) {
      return (await orUnsure(shelf.has(messageId))) ? messageId : null;
    },
  };
}

function isSiteContent(content: Outgoing['content']): content is RenderedSite {
  return isSiteChannel(content.channel);
}

/** A write whose answer was lost may have been made: the shelf is asked before it is made again. */
async function orUnsure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw new ProviderError('unsure', `${NAME}-shelf`);
  }
}
