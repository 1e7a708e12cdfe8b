import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { parseWritten } from '#domain/template/template.ts';
import { UPLOAD_MAX, VoucherCode, VoucherPool } from '#domain/voucher/voucher.ts';
import type { StoredPool } from '#vouchers/stored-voucher.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { bodyWithKey, KeyParam } from '../template-views.ts';
import { Instant, InstantSaid, iso } from '../views.ts';

/** What is told of a customer when a code was used. */
const REDEEMED = 'Voucher Redeemed';

const PoolView = VoucherPool.extend({ createdAt: Instant, updatedAt: Instant });

function viewPool({ _id: key, createdAt, updatedAt, ...pool }: StoredPool) {
  return { ...pool, key, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

const Count = z.number().int();

const Counts = z.object({
  free: Count.describe('Can still be given out.'),
  reserved: Count.describe('Stand in messages whose end is open.'),
  issued: Count.describe('Somebody has, or may have, received them.'),
  redeemed: Count,
  expired: Count.describe('Were not given out in time.'),
});

/** Pools of codes, each of which one person gets: `{{ vouchers.summer }}`. */
export function voucherRoutes(deps: AppDeps): Route[] {
  return [listPools(deps), putPool(deps), readPool(deps), addCodes(deps), redeem(deps)];
}

async function poolOf({ vouchers }: AppDeps, key: string): Promise<StoredPool> {
  const pool = await vouchers.pool(key);
  if (pool === null) {
    throw new DomainError('not-found', 'There is no pool with this key: make it by PUT first.');
  }
  return pool;
}

function listPools({ vouchers }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/vouchers',
    id: 'listVoucherPools',
    tag: 'Vouchers',
    summary: 'List pools by key',
    scope: 'templates:read',
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(PoolView),
    async handle({ query }) {
      return { body: pageReply(await vouchers.pools(pageRequest(query)), viewPool) };
    },
  });
}

function putPool({ vouchers, clock }: AppDeps): Route {
  return route({
    method: 'put',
    path: '/v1/vouchers/{key}',
    id: 'putVoucherPool',
    tag: 'Vouchers',
    summary: 'Make or change a pool of codes',
    description: 'With no more codes left than `lowStock` an alert is due. 201 when new.',
    scope: 'templates:write',
    params: KeyParam,
    body: {
      schema: VoucherPool,
      parse: (input, params) => parseWritten(VoucherPool, bodyWithKey(input, params), 'pool'),
      examples: { summer: { key: 'summer', name: 'Ten per cent in summer', lowStock: 500 } },
    },
    status: 200,
    reply: PoolView,
    async handle({ body }) {
      const { created, stored } = await vouchers.putPool(body, clock());
      return { body: viewPool(stored), status: created ? 201 : 200 };
    },
  });
}

function readPool(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/vouchers/{key}',
    id: 'readVoucherPool',
    tag: 'Vouchers',
    summary: 'Read a pool, and how many codes it has left',
    scope: 'templates:read',
    params: KeyParam,
    status: 200,
    reply: PoolView.extend({ codes: Counts, isLow: z.boolean() }),
    errors: ['not-found'],
    async handle({ params }) {
      const pool = await poolOf(deps, params.key);
      await deps.vouchers.settle(pool._id);
      const codes = await deps.vouchers.counts(pool._id);
      return { body: { ...viewPool(pool), codes, isLow: codes.free <= pool.lowStock } };
    },
  });
}

function addCodes(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/vouchers/{key}/codes',
    id: 'addVoucherCodes',
    tag: 'Vouchers',
    summary: 'Upload codes',
    description:
      'Safe to repeat: codes that are known stay as they are. One that expires within a day is given to nobody any more.',
    scope: 'templates:write',
    params: KeyParam,
    body: {
      schema: z.strictObject({
        codes: z.array(VoucherCode).min(1).max(UPLOAD_MAX),
        expiresAt: InstantSaid.optional().describe('After this the codes are worth nothing.'),
      }),
    },
    status: 200,
    reply: z.object({ added: Count, known: Count }),
    errors: ['not-found'],
    async handle({ params, body }) {
      const { _id: pool } = await poolOf(deps, params.key);
      const { codes, expiresAt } = body;
      const until = expiresAt === undefined ? null : Date.parse(expiresAt);
      const added = await deps.vouchers.add({ pool, codes, expiresAt: until });
      return { body: { added, known: codes.length - added } };
    },
  });
}

function redeem(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/vouchers/{key}/redeem',
    id: 'redeemVoucher',
    tag: 'Vouchers',
    summary: 'Say that a code was used',
    description:
      'Becomes the event `Voucher Redeemed` of whoever was given the code. A repeat changes nothing and is answered with `alreadyRedeemed`; of another order it is refused. A code that was used for no order takes the first that is named later.',
    scope: 'templates:write',
    params: KeyParam,
    body: {
      schema: z.strictObject({
        code: VoucherCode,
        order_id: z.string().min(1).max(300).optional(),
      }),
    },
    status: 200,
    reply: z.object({
      redeemedAt: Instant,
      alreadyRedeemed: z
        .boolean()
        .describe(
          'It was said before that this code was used: of the same order a repeat, and without an order perhaps somebody else’s purchase.',
        ),
      profileId: z.string().nullable(),
    }),
    errors: ['not-found', 'conflict'],
    async handle({ params, body }) {
      const { code, order_id } = body;
      const { voucher, isRepeat } = await deps.vouchers.redeem({
        ...{ pool: params.key, code },
        orderId: order_id ?? null,
      });
      const { _id, profileId, redeemedAt } = voucher;
      if (profileId !== undefined) {
        // By an id of its own: a repeat after a crash in between tells it once.
        await deps.acceptAdminEvent({
          ...{ id: `voucher-redeemed:${_id}`, profileId, name: REDEEMED },
          properties: { pool: params.key, code, ...(order_id && { order_id }) },
        });
      }
      const at = iso(redeemedAt ?? deps.clock());
      const said = { redeemedAt: at, alreadyRedeemed: isRepeat };
      return { body: { ...said, profileId: profileId ?? null } };
    },
  });
}
