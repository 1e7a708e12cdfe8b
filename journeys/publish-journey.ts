import { invalid, type Fault } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import type { StoredJourney } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { EventRetention } from '#platform/retention.ts';
import { noteDeed, type Deed } from '#platform/audit.ts';
import { inTransaction, type Session } from '#platform/transaction.ts';
import { checkRetention } from './check-retention.ts';
import { checkTemplates } from './check-templates.ts';
import { findWarnings } from './find-warnings.ts';
import { refuseUnknown } from './journey-store.ts';

/** What became of it, and parts of it that hold of nobody as things are. */
interface Published {
  journey: StoredJourney;
  warnings: Fault[];
}

/** What publishing goes by; `at` in epoch ms. */
interface Publishing {
  at: number;
  retention: Pick<EventRetention, 'keptOf'>;
  /** What else stands in the way of publishing a draft. */
  check: (draft: Journey) => Fault[];
}

/**
 * Makes the draft the next version, which never changes again, and the journey live; in one
 * transaction, so that there is no version without its status.
 * @throws DomainError `not-found`, `invalid` while a template it names is missing, a condition looks
 * back further than events are kept, or something else stands in its way.
 */
export async function publishJourney(
  mongo: Mongo,
  key: string,
  publishing: Publishing,
): Promise<Published> {
  return inTransaction(mongo.client, (session) =>
    publishWithin(mongo, session, { key, ...publishing }),
  );
}

async function publishWithin(
  { collections: c }: Mongo,
  session: Session,
  { key, at, retention, check }: Publishing & { key: string },
): Promise<Published> {
  // Written first, so that two who publish at once follow one another instead of both reading.
  const before = await c.journeys.findOneAndUpdate(
    { _id: key },
    {
      $set: { status: 'live', publishedAt: at, updatedAt: at },
      $inc: { version: 1, revision: 1 },
    },
    { session, returnDocument: 'before' },
  );
  const journey = await c.journeys.findOne({ _id: key }, { session });
  if (before === null || journey === null) return refuseUnknown();
  const faults = [
    ...(await checkTemplates(c, journey.draft, session)),
    ...checkRetention(journey.draft, retention),
    ...check(journey.draft),
  ];
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
  await noteDeed(c, publishDeed(before, journey, at), session);
  return { journey, warnings: await findWarnings(c, journey.draft, session) };
}

function publishDeed(before: StoredJourney, after: StoredJourney, at: number): Deed {
  const standing = ({ status, version }: StoredJourney): object => ({ status, version });
  return {
    ...{ at, what: 'journeyPublished', ids: { journey: after._id } },
    before: standing(before),
    after: { ...standing(after), definition: after.draft },
  };
}
