import { DomainError } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { StoredJourney } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';

function newJourney(draft: Journey, at: number): StoredJourney {
  return {
    _id: draft.key,
    draft,
    status: 'draft',
    version: 0,
    publishedAt: null,
    revision: 0,
    controlled: 0,
    createdAt: at,
    updatedAt: at,
  };
}

/**
 * Makes a journey as a draft. `at` in epoch ms.
 * @throws DomainError `conflict` when the key is taken.
 */
export async function createJourney(
  c: Collections,
  draft: Journey,
  at: number,
): Promise<StoredJourney> {
  const journey = newJourney(draft, at);
  try {
    await c.journeys.insertOne(journey);
    return journey;
  } catch (error) {
    if (isDuplicateKey(error)) {
      throw new DomainError(
        'conflict',
        `There is a journey \`${draft.key}\` already. Change it by PUT.`,
      );
    }
    throw error;
  }
}

/**
 * Makes the journey, or replaces its draft; what is live stays as it was published.
 * `created` tells which it was. `at` in epoch ms.
 */
export async function putJourney(
  c: Collections,
  draft: Journey,
  at: number,
): Promise<{ journey: StoredJourney; created: boolean }> {
  const { _id, draft: _, updatedAt: __, ...fresh } = newJourney(draft, at);
  const { value, lastErrorObject } = await c.journeys.findOneAndUpdate(
    { _id },
    { $set: { draft, updatedAt: at }, $setOnInsert: fresh },
    { upsert: true, returnDocument: 'after', includeResultMetadata: true },
  );
  if (value === null) throw new Error('an upsert returned nothing');
  return { journey: value, created: lastErrorObject?.updatedExisting !== true };
}
