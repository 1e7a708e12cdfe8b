import { settleVouchers } from '#activities/take-vouchers.ts';
import type { Sold } from '#domain/product/best-sellers.ts';
import type { Ledger } from '#messages/ledger-store.ts';
import type { Clock } from '#platform/clock.ts';
import { errorCode, type Logger } from '#platform/logger.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createBestSellers } from '#products/best-seller-store.ts';
import { createCatalogueHosts, type CatalogueHosts } from '#products/catalogue-hosts.ts';
import { createProductStore } from '#products/product-store.ts';
import { createReadPersonal, type ReadPersonal } from '#templates/read-personal.ts';
import { createVoucherStore } from '#vouchers/voucher-store.ts';

interface Content {
  personal: ReadPersonal;
  catalogueHosts: CatalogueHosts;
  onSold: (sold: readonly Sold[]) => void;
  /** The ledger with the codes of its messages settled as they end. */
  withVouchers: (ledger: Ledger) => ReturnType<typeof settleVouchers>;
  /** Settles codes that processes left open, of all pools. */
  settleVouchers: () => Promise<void>;
}

/** What messages are made of beyond the profile, and what keeps that up to date. */
export function composeContent(
  mongo: Mongo,
  { currency, logger, clock }: { currency: string; logger: Logger; clock: Clock },
): Content {
  const { collections, db } = mongo;
  const recommender = createBestSellers(db, clock);
  const products = createProductStore(mongo);
  const vouchers = createVoucherStore({ db, collections, clock });
  return {
    catalogueHosts: createCatalogueHosts(db, clock),
    settleVouchers: () => vouchers.settleAll(),
    withVouchers: (ledger) => settleVouchers(ledger, vouchers, clock),
    personal: createReadPersonal({
      ...{ collections, recommender, clock, currency },
      products: (ids) => products.byIds(ids),
    }),
    onSold(sold) {
      // A ranking, not a book: nobody waits for it, and nothing fails for it.
      recommender.note(sold).catch((error: unknown) => {
        logger.warn({ code: errorCode(error) }, 'what was sold is not in the ranking');
      });
    },
  };
}
