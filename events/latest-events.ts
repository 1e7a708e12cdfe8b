import type { StoredEvent } from '#domain/event/event.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * One customer's latest events of each of these names, newest received first, at most `each` of a
 * name: one frequent name must not crowd out the others.
 */
export async function latestEvents(
  { events }: Pick<Collections, 'events'>,
  profileId: string,
  names: readonly string[],
  each: number,
): Promise<StoredEvent[]> {
  const found = await Promise.all(
    names.map((name) =>
      events.find({ profileId, name }).sort({ occurredAt: -1 }).limit(each).toArray(),
    ),
  );
  return found.flat().sort((a, b) => b.receivedAt - a.receivedAt);
}
