import type { Filter } from 'mongodb';
import type { StoredEvent } from '#domain/event/event.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Collections } from '#platform/mongo.ts';

/** Events of one customer, newest received first. */
export async function listEvents(
  c: Collections,
  { profileId, name }: { profileId: string; name?: string | undefined },
  { limit, after }: PageRequest,
): Promise<Page<StoredEvent>> {
  const filter: Filter<StoredEvent> = { profileId, ...(name === undefined ? {} : { name }) };
  if (after !== null) {
    filter.$or = [
      { receivedAt: { $lt: after.at } },
      { receivedAt: after.at, _id: { $gt: after.id } },
    ];
  }
  const read = await c.events
    .find(filter)
    .sort({ receivedAt: -1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, (event) => ({ at: event.receivedAt, id: event._id }));
}
