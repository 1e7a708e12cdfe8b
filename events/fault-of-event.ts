import type { Collections } from '#platform/mongo.ts';

/** The code of why an applied event changed nothing; null: it did what it says. */
export async function faultOfEvent(
  { events }: Pick<Collections, 'events'>,
  id: string,
): Promise<string | null> {
  const latest = { readConcern: { level: 'local' }, projection: { fault: 1 } } as const;
  return (await events.findOne({ _id: id }, latest))?.fault ?? null;
}
