import type { Entry } from '#domain/journey/entry.ts';
import type { Collections } from '#platform/mongo.ts';

/** How people get into the journeys that take them in now: a paused one takes nobody. */
export async function entriesNow(
  c: Pick<Collections, 'journeys' | 'journeyVersions'>,
): Promise<Entry[]> {
  const live = await c.journeys
    .find({ status: 'live' })
    .project<{ _id: string; version: number }>({ version: 1 })
    .toArray();
  const ids = live.map(({ _id, version }) => `${_id}@${String(version)}`);
  const versions = await c.journeyVersions
    .find({ _id: { $in: ids } })
    .project<{ definition: { entry: Entry } }>({ 'definition.entry': 1 })
    .toArray();
  return versions.map(({ definition }) => definition.entry);
}
