import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/**
 * The number of the next definition of any segment. One document counts them, so two who define at
 * once follow one another.
 */
export async function nextGeneration(
  { settings }: Pick<Collections, 'settings'>,
  session: Session,
): Promise<number> {
  const counted = await settings.findOneAndUpdate(
    { _id: 'segments' },
    { $inc: { generation: 1 } },
    { session, upsert: true, returnDocument: 'after' },
  );
  if (counted === null) throw new Error('an upsert returned nothing');
  return counted.generation;
}

/** Notes that profiles are to forget a segment, until it is done. */
export async function noteRemoved(
  { settings }: Pick<Collections, 'settings'>,
  removed: { key: string; generation: number },
  session: Session,
): Promise<void> {
  await settings.updateOne({ _id: 'segments' }, { $push: { removed } }, { session });
}
