import type { Filter } from 'mongodb';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Order } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/** The orders of one customer, the latest first. */
export async function listOrders(
  { orders }: Pick<Collections, 'orders'>,
  profileId: string,
  { limit, after }: PageRequest,
): Promise<Page<Order>> {
  const filter: Filter<Order> = { profileId };
  if (after !== null) {
    filter.$or = [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.id } }];
  }
  const read = await orders
    .find(filter)
    .sort({ at: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ at, _id }) => ({ at, id: _id }));
}
