import type { Db } from 'mongodb';
import type { Product } from '#domain/product/product.ts';
import type { Clock } from '#platform/clock.ts';
import { durably } from '#platform/mongo-errors.ts';

/** Products looked at: a shop's are on one host or a few, and its first ones tell. */
const SAMPLE = 200;
/** How long an answer is good for, in ms: a first product on a new host can wait that long. */
const FRESH_MS = 60_000;

export type CatalogueHosts = () => Promise<readonly string[]>;

/** The hosts of the catalogue's products, as of this minute: the shop itself says them. */
export function createCatalogueHosts(db: Db, clock: Clock): CatalogueHosts {
  const products = db.collection<Product>('products');
  let latest: { at: number; hosts: Promise<readonly string[]> } | null = null;
  const read = async (): Promise<readonly string[]> => {
    const projection = { url: 1, languages: 1 };
    const found = await durably(() =>
      products.find({}, { projection }).sort({ _id: 1 }).limit(SAMPLE).toArray(),
    );
    const urls = found.flatMap(({ url, languages }) => [
      url,
      ...Object.values(languages).map((texts) => texts.url),
    ]);
    const hosts = urls.flatMap((url) =>
      url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : [],
    );
    return [...new Set(hosts)];
  };
  return () => {
    const at = clock();
    if (latest !== null && at - latest.at < FRESH_MS) return latest.hosts;
    const asked = { at, hosts: read() };
    latest = asked;
    // A failure is nobody's answer but theirs who asked: the next one asks again.
    asked.hosts.catch(() => {
      if (latest === asked) latest = null;
    });
    return asked.hosts;
  };
}
