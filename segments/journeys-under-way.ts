import type { Journey } from '#domain/journey/journey.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** The version in force of each journey that takes people or may do so again, paused ones too. */
export async function journeysUnderWay(
  c: Pick<Collections, 'journeys' | 'journeyVersions'>,
  session?: Session,
): Promise<Journey[]> {
  const within = session === undefined ? {} : { session };
  const live = await c.journeys
    .find({ status: { $in: ['live', 'paused'] }, version: { $gt: 0 } }, within)
    .toArray();
  const ids = live.map(({ _id, version }) => `${_id}@${String(version)}`);
  const versions = await c.journeyVersions.find({ _id: { $in: ids } }, within).toArray();
  return versions.map(({ definition }) => definition);
}
