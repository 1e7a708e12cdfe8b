import type { JsonObject } from '#domain/json.ts';
import type { EventStore } from '#events/event-store.ts';

const ORDER = 'Order Completed';
/** Templates may show anything of an order. */
const PATHS: ReadonlySet<string> = new Set(['properties']);

/** What a customer ordered at or after an instant (epoch ms), as their orders' events said it. */
export function createReadOrders(
  events: Pick<EventStore, 'past'>,
): (profileId: string, since: number) => Promise<JsonObject[]> {
  return async (profileId, since) => {
    const found = await events.past([profileId], new Map([[ORDER, { since, paths: PATHS }]]));
    return (found.get(profileId)?.get(ORDER) ?? []).map(({ properties }) => properties);
  };
}
