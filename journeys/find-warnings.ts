import type { Fault } from '#domain/errors.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { readsSegments, warnJourney } from '#domain/journey/warn-journey.ts';
import { valuesWanted } from '#domain/segment/is-contextual.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** What may be meant otherwise in a journey, among the segments there are now. */
export async function findWarnings(
  { segments }: Pick<Collections, 'segments'>,
  journey: Journey,
  session?: Session,
): Promise<Fault[]> {
  const rows = readsSegments(journey)
    ? await segments.find({}, session === undefined ? {} : { session }).toArray()
    : [];
  const definitions = new Map(rows.map(({ _id, condition }) => [_id, condition]));
  const open = rows.filter(({ isKept }) => !isKept).map(({ _id }) => _id);
  return warnJourney(journey, {
    known: [...definitions.keys()],
    open: new Map(open.map((key) => [key, valuesWanted(key, definitions)])),
  });
}
