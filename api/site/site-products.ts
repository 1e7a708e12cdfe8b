import { productContent } from '#domain/product/product-content.ts';
import type { Product } from '#domain/product/product.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Recommender } from '#domain/recommendation/recommender.ts';
import type { Clock } from '#platform/clock.ts';
import type { SiteProduct } from './site-views.ts';

interface ProductDeps {
  recommender: Recommender;
  /** Of the catalogue, by id. */
  products: (ids: readonly string[]) => Promise<ReadonlyMap<string, Product>>;
  clock: Clock;
}

export interface ProductsAsk {
  /** Null: somebody Kairos does not know yet. */
  profile: Profile | null;
  limit: number;
  /** BCP 47. */
  language: string;
}

/** Products that somebody may like and does not have in the cart already, the best first. */
export async function siteProducts(
  { recommender, products, clock }: ProductDeps,
  { profile, limit, language }: ProductsAsk,
): Promise<SiteProduct[]> {
  const exclude = new Set(profile === null ? [] : knownTo(profile));
  const ids = await recommender.recommend({ profileId: profile?._id ?? '', count: limit, exclude });
  if (ids.length === 0) return [];
  const found = await products(ids);
  return ids.flatMap((id) => {
    const product = found.get(id);
    return product === undefined ? [] : [viewOf(product, language, clock())];
  });
}

function knownTo({ cart, interests = [] }: Profile): string[] {
  const viewed = interests.filter(({ kinds }) => kinds.viewed !== undefined);
  return [...cart.map(({ product_id }) => product_id), ...viewed.map(({ product }) => product)];
}

function viewOf(product: Product, language: string, now: number): SiteProduct {
  const { name, url, image, price, currency } = productContent(product, language, now);
  return {
    id: product._id,
    name: textOf(name) ?? product._id,
    url: textOf(url),
    image: textOf(image),
    price:
      typeof price === 'number' && typeof currency === 'string'
        ? new Intl.NumberFormat(language, { style: 'currency', currency }).format(price)
        : null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
