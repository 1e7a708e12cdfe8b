import { DomainError, invalid } from '#domain/errors.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { readJourney } from './journey-store.ts';

/**
 * Checks that a journey takes people by the API now; answers its live version.
 * @throws DomainError `not-found`, `conflict` while it is not live, `invalid` when its entry is
 * another than `api: true`.
 */
export async function checkApiEntry(c: Collections, key: string): Promise<number> {
  const journey = await readJourney(c, key);
  if (journey.status !== 'live') {
    throw new DomainError('conflict', `The journey is ${journey.status}, so nobody can enter it.`);
  }
  const version = await c.journeyVersions.findOne({ journey: key, version: journey.version });
  if (version === null || !('api' in version.definition.entry)) {
    throw invalid('People enter this journey by its own entry, not by the API.', [
      {
        pointer: '#/entry',
        detail: 'Only a journey whose entry is `api: true` can be started so.',
      },
    ]);
  }
  return journey.version;
}

/** The run that this event began; null when its re-entry rule let nobody in, or not yet. */
export async function findRunOfEvent(
  c: Collections,
  { journey, profileId, eventId }: { journey: string; profileId: string; eventId: string },
): Promise<string | null> {
  const run = await c.runs.findOne(
    { profileId, journey, 'entry.id': eventId },
    // Asked a moment after it was written, which may not be on a majority yet.
    { projection: { _id: 1 }, readConcern: { level: 'local' } },
  );
  return (run as Pick<StoredRun, '_id'> | null)?._id ?? null;
}
