import type { Stretch } from '#domain/segment/size-times.ts';
import { SEGMENT_ENTERED, SEGMENT_LEFT } from '#domain/segment/segment.ts';
import { DAY_MS } from '#domain/time/duration.ts';
import type { StoredSize } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';

/** How long points are kept: hours for a look at the week, days as long as what else people did. */
const KEPT_MS = { hour: 8 * DAY_MS, day: 3 * 366 * DAY_MS };

/** More than there can be in the time that either is kept. */
const POINTS_MAX = 1_100;

/** Who came in and who went out within some time. */
export interface Moved {
  entered: number;
  left: number;
}

export interface SizeStore {
  /** Keys of the segments that have members. */
  keys(): Promise<string[]>;
  /** Counted by the index of memberships, about a million a second. */
  size(key: string): Promise<number>;
  /** Whether a point of this stretch was noted for any segment. */
  isNoted(every: StoredSize['every'], at: number): Promise<boolean>;
  /** By the key of the segment; as many steps as changes within the stretch. */
  moved(stretch: Stretch): Promise<Map<string, Moved>>;
  /** What is noted stands. */
  note(points: readonly Omit<StoredSize, '_id' | 'expiresAt'>[]): Promise<void>;
}

export function createSizeStore({
  segments,
  profiles,
  events,
  segmentSizes,
}: Pick<Collections, 'segments' | 'profiles' | 'events' | 'segmentSizes'>): SizeStore {
  return {
    async keys() {
      const rows = await segments
        .find({ isKept: true })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return rows.map(({ _id }) => _id);
    },
    size: (key) => profiles.countDocuments({ 'segments.key': key }),
    isNoted: async (every, at) => (await segmentSizes.findOne({ every, at })) !== null,
    async moved({ from, to }) {
      const told = { source: 'kairos' as const, receivedAt: { $gte: from, $lt: to } };
      const rows = events.aggregate<{ _id: { key: string; name: string }; count: number }>([
        { $match: { ...told, name: { $in: [SEGMENT_ENTERED, SEGMENT_LEFT] } } },
        { $group: { _id: { key: '$properties.segment', name: '$name' }, count: { $sum: 1 } } },
      ]);
      const moved = new Map<string, Moved>();
      for await (const { _id, count } of rows) {
        const known = moved.get(_id.key) ?? { entered: 0, left: 0 };
        const way = _id.name === SEGMENT_ENTERED ? 'entered' : 'left';
        moved.set(_id.key, { ...known, [way]: count });
      }
      return moved;
    },
    async note(points) {
      if (points.length === 0) return;
      await segmentSizes.bulkWrite(
        points.map((point) => ({
          updateOne: {
            filter: { _id: `${point.segment}|${point.every}|${String(point.at)}` },
            update: {
              $setOnInsert: { ...point, expiresAt: new Date(point.at + KEPT_MS[point.every]) },
            },
            upsert: true,
          },
        })),
      );
    },
  };
}

/** The points of one segment at and after `from`, before `to` (epoch ms), oldest first. */
export function listSizes(
  { segmentSizes }: Pick<Collections, 'segmentSizes'>,
  { segment, every, from, to }: { segment: string; every: StoredSize['every'] } & Stretch,
): Promise<StoredSize[]> {
  return segmentSizes
    .find({ segment, every, at: { $gte: from, $lt: to } })
    .sort({ at: 1 })
    .limit(POINTS_MAX)
    .toArray();
}
