import { DomainError } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { StoredJourney, StoredVersion } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** @throws DomainError `not-found` */
export async function readJourney(c: Collections, key: string): Promise<StoredJourney> {
  return (await c.journeys.findOne({ _id: key })) ?? refuseUnknown();
}

export function refuseUnknown(): never {
  throw new DomainError('not-found', 'There is no journey with this key.');
}

/** Journeys by key. */
export async function listJourneys(
  c: Collections,
  page: PageRequest,
): Promise<Page<StoredJourney>> {
  const filter = page.after === null ? {} : { _id: { $gt: page.after.id } };
  const read = await c.journeys
    .find(filter)
    .sort({ _id: 1 })
    .limit(page.limit + 1)
    .toArray();
  return pageOf(read, page.limit, (journey) => ({ at: 0, id: journey._id }));
}

/** Published versions of one journey, newest first. */
export async function listVersions(
  c: Collections,
  journey: string,
  page: PageRequest,
): Promise<Page<StoredVersion>> {
  const older = page.after === null ? {} : { version: { $lt: page.after.at } };
  const read = await c.journeyVersions
    .find({ journey, ...older })
    .sort({ version: -1 })
    .limit(page.limit + 1)
    .toArray();
  return pageOf(read, page.limit, (version) => ({ at: version.version, id: version._id }));
}
