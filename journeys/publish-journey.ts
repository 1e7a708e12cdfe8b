import { invalid } from '#domain/errors.ts';
import type { StoredJourney } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { inTransaction, type Session } from '#platform/transaction.ts';
import { checkTemplates } from './check-templates.ts';
import { refuseUnknown } from './journey-store.ts';

/**
 * Makes the draft the next version, which never changes again, and the journey live; in one
 * transaction, so that there is no version without its status. `at` in epoch ms.
 * @throws DomainError `not-found`, `invalid` while a template it names is missing.
 */
export async function publishJourney(
  mongo: Mongo,
  key: string,
  at: number,
): Promise<StoredJourney> {
  return inTransaction(mongo.client, (session) => publishWithin(mongo, session, key, at));
}

async function publishWithin(
  { collections: c }: Mongo,
  session: Session,
  key: string,
  at: number,
): Promise<StoredJourney> {
  // Written first, so that two who publish at once follow one another instead of both reading.
  const journey = await c.journeys.findOneAndUpdate(
    { _id: key },
    {
      $set: { status: 'live', publishedAt: at, updatedAt: at },
      $inc: { version: 1, revision: 1 },
    },
    { session, returnDocument: 'after' },
  );
  if (journey === null) return refuseUnknown();
  const faults = await checkTemplates(c, journey.draft, session);
  if (faults.length > 0) throw invalid('The journey cannot be published yet.', faults);
  await c.journeyVersions.insertOne(
    {
      _id: `${key}@${String(journey.version)}`,
      journey: key,
      version: journey.version,
      definition: journey.draft,
      publishedAt: at,
    },
    { session },
  );
  return journey;
}
