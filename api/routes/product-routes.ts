import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import type { Product } from '#domain/product/product.ts';
import { toMajorUnits } from '#domain/profile/money.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const Texts = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  url: z.string().optional(),
});

const ProductView = Texts.extend({
  product_id: z.string(),
  price: z.number().nullable().describe('In major units of the currency.'),
  currency: z.string().nullable(),
  stock: z.number().nullable(),
  categories: z.array(z.string()),
  image: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()),
  languages: z.record(z.string(), Texts),
  createdAt: Instant,
  updatedAt: Instant,
});

function viewProduct(product: Product): z.infer<typeof ProductView> {
  const { _id, price, currency, stock, categories, image, attributes, languages } = product;
  const { name, description, url, createdAt, updatedAt } = product;
  const known = price !== undefined && currency !== undefined;
  return {
    product_id: _id,
    name,
    description,
    url,
    price: known ? toMajorUnits(price, currency) : null,
    currency: currency ?? null,
    stock: stock ?? null,
    categories: categories ?? [],
    image,
    attributes,
    languages,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

export function productRoutes({ products }: AppDeps): Route[] {
  const read = { method: 'get', tag: 'Products', scope: 'products:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/products',
      id: 'listProducts',
      summary: 'List products by id',
      query: z.strictObject(pageQuery),
      reply: listOf(ProductView),
      async handle({ query }) {
        return { body: pageReply(await products.list(pageRequest(query)), viewProduct) };
      },
    }),
    route({
      ...read,
      path: '/v1/products/{id}',
      id: 'readProduct',
      summary: 'Read one product',
      params: z.object({ id: z.string().max(300) }),
      reply: ProductView,
      errors: ['not-found'],
      async handle({ params }) {
        const product = await products.find(params.id);
        if (product === null) throw new DomainError('not-found', 'There is no such product.');
        return { body: viewProduct(product) };
      },
    }),
  ];
}
