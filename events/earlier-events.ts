import type { JsonObject } from '#domain/json.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Of some events those that are known from elsewhere than from this import, with their properties:
 * acceptance keeps an event as it was, whatever is said under its id later.
 */
export function createEarlierEvents({ events }: Pick<Collections, 'events'>) {
  return function earlierEvents(
    ids: readonly string[],
    importId: string,
  ): Promise<Map<string, JsonObject>> {
    return durably(async () => {
      const found = await events
        .find(
          { _id: { $in: [...ids] }, 'context.import': { $ne: importId } },
          { readConcern: { level: 'local' } },
        )
        .project<{ _id: string; properties: JsonObject }>({ properties: 1 })
        .toArray();
      return new Map(found.map(({ _id, properties }) => [_id, properties]));
    });
  };
}
