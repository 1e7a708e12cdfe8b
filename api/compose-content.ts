import { createLines } from '#channels/providers.ts';
import type { ChannelSettings } from '#channels/settings.ts';
import { createReadSuppression } from '#messages/is-suppressed.ts';
import { createBestSellers } from '#products/best-seller-store.ts';
import { createCatalogueHosts } from '#products/catalogue-hosts.ts';
import { createProductStore } from '#products/product-store.ts';
import { createBlockStore } from '#templates/block-store.ts';
import { createReadPersonal } from '#templates/read-personal.ts';
import { createTemplateStore } from '#templates/template-store.ts';
import { createTestSendStore } from '#templates/test-send-store.ts';
import { createVoucherStore } from '#vouchers/voucher-store.ts';
import type { AppDeps } from './deps.ts';

interface ContentParts extends Pick<AppDeps, 'mongo' | 'config' | 'clock'> {
  channels: ChannelSettings;
}

/** What the API needs of templates beside storing one. */
export function composeContent({
  mongo,
  config,
  channels,
  clock,
}: ContentParts): Pick<
  AppDeps,
  'templates' | 'blocks' | 'testSends' | 'personal' | 'catalogueHosts' | 'vouchers'
> {
  const products = createProductStore(mongo);
  return {
    personal: createReadPersonal({
      ...{ collections: mongo.collections, clock, currency: config.KAIROS_CURRENCY },
      products: (ids) => products.byIds(ids),
      recommender: createBestSellers(mongo.db, clock),
    }),
    catalogueHosts: createCatalogueHosts(mongo.db, clock),
    vouchers: createVoucherStore({ db: mongo.db, collections: mongo.collections, clock }),
    templates: createTemplateStore(mongo),
    blocks: createBlockStore(mongo),
    testSends: {
      store: createTestSendStore(mongo.db),
      // Connects to nobody before the first test.
      providers: createLines(channels),
      suppression: createReadSuppression(mongo.collections),
    },
  };
}
