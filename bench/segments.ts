import { parseCondition } from '#domain/condition/parse-condition.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { WholeKairos } from '#test/support/whole-kairos.ts';

/** One segment of the bench: its key and its condition as it is written. */
export type Written = readonly [key: string, condition: object];

/**
 * Makes these the only segments there are, filled: straight in the store, for what a side measures
 * is not how they are defined. Whoever is seen next is looked at for them first.
 */
export async function onlySegments(
  kairos: WholeKairos,
  written: readonly Written[],
): Promise<void> {
  const { segments, settings } = kairos.mongo.collections;
  const before = await settings.findOne({ _id: 'segments' });
  const generation = (before?.generation ?? 0) + 1;
  const at = Date.now();
  await segments.deleteMany({});
  const documents = written.map(([key, condition]): StoredSegment => {
    const parsed = parseCondition(condition);
    if (!('ok' in parsed)) throw new Error(`${key}: ${JSON.stringify(parsed.faults)}`);
    return {
      ...{ _id: key, name: key, condition: parsed.ok, params: [], isKept: true, generation },
      ...{ filledAt: at, filling: null, createdAt: at, updatedAt: at },
    };
  });
  if (documents.length > 0) await segments.insertMany(documents);
  // Only now is it seen that anything has changed.
  await settings.updateOne({ _id: 'segments' }, { $set: { generation } }, { upsert: true });
}
