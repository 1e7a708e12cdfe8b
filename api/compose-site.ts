import type { Router } from 'express';
import type { AcceptAdminEvent } from '#events/accept-admin.ts';
import type { AcceptEvents } from '#events/accept-events.ts';
import { readGateSettings } from '#messages/gate-settings-store.ts';
import { createSiteMessages } from '#messages/site-message-store.ts';
import { watchSiteNews } from '#messages/site-news-store.ts';
import { createBestSellers } from '#products/best-seller-store.ts';
import { createProductStore } from '#products/product-store.ts';
import { normalizeAddresses } from '#profiles/normalize-addresses.ts';
import { ownExternalId } from '#profiles/own-external-id.ts';
import type { AppDeps } from './deps.ts';
import { OpenId } from './site/open-id.ts';
import { siteProducts } from './site/site-products.ts';
import { createSiteReader } from './site/site-reader.ts';
import { createSiteRouter } from './site/site-router.ts';
import { SiteStreams } from './site/site-streams.ts';
import { createKeyKind, type TrackingKeys } from './tracking/write-keys.ts';

interface SiteParts extends Pick<
  AppDeps,
  'config' | 'mongo' | 'clock' | 'logger' | 'metrics' | 'ending' | 'findProfile' | 'acceptReceipts'
> {
  keys: TrackingKeys;
  accept: AcceptEvents;
  acceptAdminEvent: AcceptAdminEvent;
  /** The public half of the keys of web push. */
  webPushKey: string | undefined;
}

/** What browsers and apps ask of the messages that are shown to their people. */
export function composeSite(parts: SiteParts): Router {
  const { mongo, clock, logger, metrics, keys, findProfile, acceptReceipts, ending } = parts;
  const { collections } = mongo;
  const shelf = createSiteMessages(collections, clock);
  const products = createProductStore(mongo);
  const recommender = createBestSellers(mongo.db, clock);
  return createSiteRouter({
    reader: createSiteReader({
      keyKind: createKeyKind(keys),
      writeKeys: keys.writeKeys,
      findProfile,
      ownExternalId: (profileId) => ownExternalId(collections, profileId),
      clock,
    }),
    shelf,
    streams: new SiteStreams({
      shelf,
      clock,
      watch: (heard) => watchSiteNews(collections, heard, logger),
      ...(ending && { ending }),
      onCount: (open) => {
        metrics.siteStreams(open);
      },
    }),
    products: (ask) =>
      siteProducts({ recommender, products: (ids) => products.byIds(ids), clock }, ask),
    openId: new OpenId(parts.config.KAIROS_OPENID, clock),
    accept: parts.accept,
    forms: {
      ...{ shelf, accept: parts.accept, acceptAdminEvent: parts.acceptAdminEvent },
      gateSettings: async () => (await readGateSettings(collections)).settings,
      normalize: (attributes) => normalizeAddresses(attributes, parts.config.KAIROS_COUNTRY),
    },
    acceptReceipts,
    clock,
    webPushKey: parts.webPushKey ?? null,
  });
}
