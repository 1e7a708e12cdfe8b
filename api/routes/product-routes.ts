import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { AVAILABILITIES, type Product } from '#domain/product/product.ts';
import type { ProductFilter } from '#products/product-filter.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import {
  InterestView,
  MomentView,
  ProductView,
  viewInterests,
  viewMoment,
  viewProduct,
} from '../product-views.ts';
import { route, type Route } from '../route.ts';
import { Identity } from '../identity-word.ts';
import { appliedProfile } from './profile-routes.ts';

/** The id of a product in an address: what is none is simply not found. */
export const ProductIdParam = z.object({ id: z.string().max(1_000) });

const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const word = z.string().min(1).max(300).optional();

const ListQuery = z.strictObject({
  ...pageQuery,
  category: word.describe('One of its categories, as it is written.'),
  availability: z.enum(AVAILABILITIES).optional(),
  brand: word,
  q: word.describe('Beginnings of words of its name, brand or id, all of which it has.'),
  archived: Flag.optional().describe('Those no longer sold; by default those that are.'),
});

function filterIn({ category, availability, brand, q, archived }: z.infer<typeof ListQuery>) {
  const filter: ProductFilter = { isArchived: archived === true };
  if (category !== undefined) filter.category = category;
  if (availability !== undefined) filter.availability = availability;
  if (brand !== undefined) filter.brand = brand;
  if (q !== undefined) filter.text = q;
  return filter;
}

/** @throws DomainError `not-found` */
export async function knownProduct({ products }: AppDeps, id: string): Promise<Product> {
  const product = await products.find(id);
  if (product === null) throw new DomainError('not-found', 'There is no such product.');
  return product;
}

/** Reading the catalogue, and what customers want of it. */
export function productRoutes(deps: AppDeps): Route[] {
  const { products, clock } = deps;
  const read = { method: 'get', tag: 'Products', scope: 'products:read', status: 200 } as const;
  return [
    route({
      ...read,
      path: '/v1/products',
      id: 'listProducts',
      summary: 'List products by id',
      query: ListQuery,
      reply: listOf(ProductView),
      async handle({ query }) {
        const page = await products.list(pageRequest(query), filterIn(query));
        return { body: pageReply(page, (product) => viewProduct(product, clock())) };
      },
    }),
    route({
      ...read,
      path: '/v1/products/{id}',
      id: 'readProduct',
      summary: 'Read one product',
      params: ProductIdParam,
      reply: ProductView,
      errors: ['not-found'],
      async handle({ params }) {
        return { body: viewProduct(await knownProduct(deps, params.id), clock()) };
      },
    }),
    route({
      ...read,
      path: '/v1/products/{id}/history',
      id: 'readProductHistory',
      summary:
        'What a product cost and how much there was of it: the last 50 changes, newest first',
      params: ProductIdParam,
      reply: z.object({ data: z.array(MomentView) }),
      errors: ['not-found'],
      async handle({ params }) {
        const { history = [] } = await knownProduct(deps, params.id);
        return { body: { data: history.toReversed().map(viewMoment) } };
      },
    }),
    route({
      ...read,
      path: '/v1/profiles/{identity}/interests',
      id: 'listProfileInterests',
      tag: 'Profiles',
      summary: 'The products a customer has in cart or wish list, looked at or asked to be told of',
      scope: 'profiles:read',
      params: z.object({ identity: Identity }),
      reply: z.object({ data: z.array(InterestView) }),
      errors: ['not-found'],
      async handle({ params }) {
        return { body: { data: viewInterests(await appliedProfile(deps, params.identity)) } };
      },
    }),
  ];
}
