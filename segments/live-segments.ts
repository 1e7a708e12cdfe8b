import { SegmentCatalogue } from '#domain/segment/catalogue.ts';
import { valuesWanted } from '#domain/segment/is-contextual.ts';
import type { SegmentDefinitions } from '#domain/segment/segments-now.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { StoredSegment } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** Reads the segments as they are defined at this very moment; compiled once for each definition. */
export interface LiveSegments {
  /** Those whose members are kept. */
  catalogue(): Promise<SegmentCatalogue>;
  /** Those too that are evaluated when somebody asks. */
  definitions(): Promise<SegmentDefinitions>;
}

/** The number of the newest definition says whether what was compiled still stands. */
export function createLiveSegments(c: Pick<Collections, 'segments' | 'settings'>): LiveSegments {
  const setting = readById(c.settings);
  let known = { generation: 0, definitions: compiled([], 0) };
  const definitions = async (): Promise<SegmentDefinitions> => {
    const generation = (await setting('segments'))?.generation ?? 0;
    if (generation === known.generation) return known.definitions;
    const rows = await c.segments.find({}).sort({ _id: 1 }).toArray();
    // What was defined after the number was read comes with the next number.
    known = { generation, definitions: compiled(rows, generation) };
    return known.definitions;
  };
  return { definitions, catalogue: async () => (await definitions()).kept };
}

function compiled(rows: readonly StoredSegment[], generation: number): SegmentDefinitions {
  const live = (isKept: boolean) =>
    rows
      .filter((row) => row.isKept === isKept)
      .map(({ _id: key, generation: own, condition, createdAt }) => {
        return { key, generation: own, condition, createdAt };
      });
  const definitions = new Map(rows.map(({ _id, condition }) => [_id, condition]));
  return {
    kept: new SegmentCatalogue(live(true), generation),
    contextual: new SegmentCatalogue(live(false)),
    params: new Map(
      rows.map(({ _id, params }) => [_id, [...params, ...valuesWanted(_id, definitions)]]),
    ),
  };
}
