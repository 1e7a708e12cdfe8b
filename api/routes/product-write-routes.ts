import { z } from 'zod';
import { invalid, type Fault } from '#domain/errors.ts';
import { ATTRIBUTES_MAX, type Product, type ProductSaid } from '#domain/product/product.ts';
import type { AppDeps } from '../deps.ts';
import { BATCH_EXAMPLE, PRODUCT_EXAMPLE } from '../product-examples.ts';
import { BATCH_MAX, ProductBody, ProductId, readMember, saidOf } from '../product-body.ts';
import { ProductView, viewProduct } from '../product-views.ts';
import { route, type Route, type RouteReply } from '../route.ts';
import { knownProduct, ProductIdParam } from './product-routes.ts';

const params = z.object({ id: ProductId });
const common = { tag: 'Products', scope: 'products:write', status: 200 } as const;

/** Changing the catalogue: whoever is interested is told in the background. */
export function productWriteRoutes(deps: AppDeps): Route[] {
  return [putRoute(deps), patchRoute(deps), deleteRoute(deps), batchRoute(deps)];
}

type Reply = RouteReply<z.infer<typeof ProductView>>;

async function write({ products, clock }: AppDeps, said: ProductSaid): Promise<Reply> {
  const [put] = await products.put([said], clock());
  if (put === undefined) throw new Error('a product that was said is not there');
  return {
    body: viewProduct(put.product, clock()),
    ...(put.outcome === 'created' ? { status: 201 } : {}),
  };
}

function putRoute(deps: AppDeps): Route {
  return route({
    ...common,
    method: 'put',
    path: '/v1/products/{id}',
    id: 'putProduct',
    summary: 'Make a product, or say all there is to say of it',
    description:
      'What is not said is gone, its currency too. Whoever has it in cart or wish list, looked at it or asked to be told gets an event of what changed for them (docs/catalogue.md). The same again changes nothing.',
    params,
    body: { schema: ProductBody, examples: { product: PRODUCT_EXAMPLE } },
    reply: ProductView,
    async handle({ params: { id }, body }) {
      const said = saidOf(id, { archived: false, ...body }, deps.config.KAIROS_CURRENCY);
      return write(deps, { ...said, isWhole: true });
    },
  });
}

function patchRoute(deps: AppDeps): Route {
  return route({
    ...common,
    method: 'patch',
    path: '/v1/products/{id}',
    id: 'patchProduct',
    summary: 'Change some of what is known of a product',
    description:
      'What is not said stays, null takes a value away; of `attributes` and `languages` those that are named change.',
    params: ProductIdParam,
    body: { schema: ProductBody, examples: { price: { price: 19.9, stock: 40 } } },
    reply: ProductView,
    errors: ['not-found'],
    async handle({ params: { id }, body }) {
      const known = await knownProduct(deps, id);
      const said = saidOf(id, body, known.currency ?? deps.config.KAIROS_CURRENCY);
      const fault = roomFault(known, said);
      if (fault !== null) throw invalid(fault.detail, [fault]);
      return write(deps, said);
    },
  });
}

/** One product has so many attributes; what would be one more is refused, and nothing is cut off. */
function roomFault(known: Product | undefined, { attributes }: ProductSaid): Fault | null {
  const names = new Set(Object.keys(known?.attributes ?? {}));
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) names.delete(name);
    else names.add(name);
  }
  if (names.size <= ATTRIBUTES_MAX) return null;
  const detail = `The product would have ${String(names.size)} attributes; it has at most ${String(ATTRIBUTES_MAX)}. Take some away with null.`;
  return { pointer: '#/attributes', detail };
}

function deleteRoute(deps: AppDeps): Route {
  return route({
    ...common,
    method: 'delete',
    path: '/v1/products/{id}',
    id: 'archiveProduct',
    summary: 'Archive a product: it is sold no longer',
    description: 'It stays readable, for carts, orders and runs speak of it; a PUT sells it again.',
    params: ProductIdParam,
    reply: ProductView,
    errors: ['not-found'],
    async handle({ params: { id } }) {
      await knownProduct(deps, id);
      return write(deps, saidOf(id, { archived: true }, deps.config.KAIROS_CURRENCY));
    },
  });
}

const BatchReply = z.object({
  data: z.array(
    z.object({
      index: z.int(),
      product_id: z.string().nullable(),
      outcome: z.enum(['created', 'changed', 'unchanged', 'rejected']),
      errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    }),
  ),
});
type BatchReply = z.infer<typeof BatchReply>;

function batchRoute(deps: AppDeps): Route {
  return route({
    ...common,
    method: 'post',
    path: '/v1/products/batch',
    id: 'postProducts',
    summary: 'Change some products at once',
    description: `Up to ${String(BATCH_MAX)} products, each as with PATCH, made where it is not known. Of a bad one the faults are told; the others are taken.`,
    body: {
      schema: z.strictObject({
        products: z
          .array(z.unknown().describe('As with PATCH, and which one it is: `product_id`.'))
          .min(1)
          .max(BATCH_MAX),
      }),
      examples: { batch: BATCH_EXAMPLE },
    },
    reply: BatchReply,
    async handle({ body }) {
      return { body: await writeBatch(deps, body.products) };
    },
  });
}

async function writeBatch(deps: AppDeps, members: readonly unknown[]): Promise<BatchReply> {
  const read = members.map((member, index) => ({ index, ...readMember(member) }));
  const good = read.filter((one) => 'body' in one);
  const bad = read.filter((one) => 'faults' in one);
  if (good.length === 0) throw invalid('None of the products is right.', bad.flatMap(faultsWithin));
  // An amount without a currency is in the one that the product is sold in.
  const known = await deps.products.byIds(good.map(({ id }) => id));
  const all = good.map(({ index, id, body }) => {
    const said = saidOf(id, body, known.get(id)?.currency ?? deps.config.KAIROS_CURRENCY);
    return { index, id, said, fault: roomFault(known.get(id), said) };
  });
  const fitting = all.filter(({ fault }) => fault === null);
  const put = await deps.products.put(
    fitting.map(({ said }) => said),
    deps.clock(),
  );
  const data: BatchReply['data'] = [
    ...bad.map(({ index, faults }) => rejected(index, faults)),
    ...all.flatMap(({ index, fault }) => (fault === null ? [] : [rejected(index, [fault])])),
    ...fitting.map(({ index, id }, place) => ({
      index,
      product_id: id,
      outcome: put[place]?.outcome ?? ('unchanged' as const),
    })),
  ];
  return { data: data.sort((one, two) => one.index - two.index) };
}

function faultsWithin({ index, faults }: { index: number; faults: Fault[] }): Fault[] {
  return faults.map(({ pointer, detail }) => ({
    pointer: `#/products/${String(index)}${pointer.slice(1)}`,
    detail,
  }));
}

function rejected(index: number, errors: Fault[]): BatchReply['data'][number] {
  return { index, product_id: null, outcome: 'rejected', errors };
}
