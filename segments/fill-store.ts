import type { Profile } from '#domain/profile/profile.ts';
import type { Collections } from '#platform/mongo.ts';

/** What the filling of new segments reads and notes. */
export interface FillStore {
  /** Profiles after an id that were never looked at for segments up to a generation, by id. */
  unseen(generation: number, after: string, limit: number): Promise<Profile[]>;
  /** About how many profiles there are. */
  count(): Promise<number>;
  /** So many more were looked at, of about how many. */
  noteProgress(generation: number, more: { looked: number; of: number }): Promise<void>;
  noteFilled(generation: number, at: number): Promise<void>;
  /** The newest generation that is not filled yet: who fills it fills all before; null: none. */
  unfilled(): Promise<number | null>;
  /**
   * Takes some profiles out of a segment removed by this generation; answers how many. One that was
   * looked at since is left alone: it forgot by itself, or is in a new segment of the same key.
   */
  forget(key: string, generation: number, limit: number): Promise<number>;
  /** Removals that some profiles may not have forgotten yet. */
  removals(): Promise<{ key: string; generation: number }[]>;
  noteForgotten(key: string, generation: number): Promise<void>;
}

export function createFillStore({
  profiles,
  segments,
  settings,
}: Pick<Collections, 'profiles' | 'segments' | 'settings'>): FillStore {
  const filling = (generation: number) => ({ generation: { $lte: generation }, filledAt: null });
  return {
    unseen: (generation, after, limit) =>
      profiles
        .find({
          _id: { $gt: after },
          mergedInto: null,
          'segmentState.generation': { $not: { $gte: generation } },
        })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    count: () => profiles.estimatedDocumentCount(),
    async noteProgress(generation, { looked, of }) {
      const soFar = { $add: [{ $ifNull: ['$filling.looked', 0] }, looked] };
      await segments.updateMany(filling(generation), [
        { $set: { filling: { looked: soFar, of: { $literal: of } } } },
      ]);
    },
    async noteFilled(generation, at) {
      await segments.updateMany(filling(generation), { $set: { filledAt: at, filling: null } });
    },
    async unfilled() {
      const [newest] = await segments
        .find({ isKept: true, filledAt: null })
        .sort({ generation: -1 })
        .limit(1)
        .toArray();
      return newest?.generation ?? null;
    },
    async removals() {
      return (await settings.findOne({ _id: 'segments' }))?.removed ?? [];
    },
    async noteForgotten(key, generation) {
      const removed = { key, generation };
      await settings.updateOne({ _id: 'segments' }, { $pull: { removed } });
    },
    async forget(key, generation, limit) {
      const inIt = { 'segments.key': key, 'segmentState.generation': { $lt: generation } };
      const ids = await profiles
        .find(inIt)
        .project<{ _id: string }>({ _id: 1 })
        .limit(limit)
        .toArray();
      if (ids.length === 0) return 0;
      await profiles.updateMany(
        { ...inIt, _id: { $in: ids.map(({ _id }) => _id) } },
        { $pull: { segments: { key } }, $inc: { revision: 1 } },
      );
      return ids.length;
    },
  };
}
