import { DomainError } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { StoredJourney } from '#platform/documents.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { Mongo } from '#platform/mongo.ts';

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
  mongo: Pick<Mongo, 'client' | 'collections'>,
  draft: Journey,
  at: number,
): Promise<StoredJourney> {
  const { journeys } = mongo.collections;
  return audited(mongo, async (session) => {
    if ((await journeys.findOne({ _id: draft.key }, { session })) !== null) {
      throw new DomainError(
        'conflict',
        `There is a journey \`${draft.key}\` already. Change it by PUT.`,
      );
    }
    const journey = newJourney(draft, at);
    await journeys.insertOne(journey, { session });
    return { result: journey, deed: stored(null, draft, at) };
  });
}

/**
 * Makes the journey, or replaces its draft; what is live stays as it was published.
 * `created` tells which it was. `at` in epoch ms.
 */
export async function putJourney(
  mongo: Pick<Mongo, 'client' | 'collections'>,
  draft: Journey,
  at: number,
): Promise<{ journey: StoredJourney; created: boolean }> {
  const { journeys } = mongo.collections;
  const { _id, draft: _, updatedAt: __, ...fresh } = newJourney(draft, at);
  return audited(mongo, async (session) => {
    const before = await journeys.findOne({ _id }, { session });
    const journey = await journeys.findOneAndUpdate(
      { _id },
      { $set: { draft, updatedAt: at }, $setOnInsert: fresh },
      { upsert: true, returnDocument: 'after', session },
    );
    if (journey === null) throw new Error('an upsert returned nothing');
    const result = { journey, created: before === null };
    return { result, deed: stored(before?.draft ?? null, draft, at) };
  });
}

function stored(before: Journey | null, after: Journey, at: number): Deed {
  return { at, what: 'journeyStored', ids: { journey: after.key }, before, after };
}
