import type { Journey } from '#domain/journey/journey.ts';
import { isTimeOver } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** Where no run of a version is found within this, ms, it is taken that there is one. */
const LOOK_MS = 1_000;

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

/** Earlier versions of those journeys by which runs are still under way, of those asked about. */
export async function earlierUnderWay(
  c: Pick<Collections, 'journeys' | 'journeyVersions' | 'runs'>,
  isAsked: (journey: Journey) => boolean,
): Promise<Journey[]> {
  const live = await c.journeys
    .find({ status: { $in: ['live', 'paused'] }, version: { $gt: 1 } })
    .project<{ _id: string; version: number }>({ version: 1 })
    .toArray();
  const inForce = new Map(live.map(({ _id, version }) => [_id, version]));
  const found: Journey[] = [];
  const versions = c.journeyVersions.find({ journey: { $in: [...inForce.keys()] } });
  for await (const { journey, version, definition } of versions) {
    if (version === inForce.get(journey) || !isAsked(definition)) continue;
    if (await isUnderWay(c, { journey, version })) found.push(definition);
  }
  return found;
}

async function isUnderWay(
  { runs }: Pick<Collections, 'runs'>,
  of: { journey: string; version: number },
): Promise<boolean> {
  try {
    const one = { projection: { _id: 1 }, maxTimeMS: LOOK_MS };
    return (await runs.findOne({ ...of, status: 'running' }, one)) !== null;
  } catch (error) {
    if (!isTimeOver(error)) throw error;
    return true;
  }
}
