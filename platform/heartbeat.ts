import type { Db } from 'mongodb';
import type { Clock } from './clock.ts';

/** A beat a second is enough for a readiness probe. */
const BEAT_MS = 1_000;

/** Says in Mongo that a part of Kairos is alive; called as often as one likes, writes once a second. */
export function createHeartbeat(db: Db, name: string, clock: Clock): () => Promise<void> {
  const heartbeats = db.collection<{ _id: string; at: number }>('heartbeats');
  let last = 0;
  return async () => {
    const at = clock();
    if (at - last < BEAT_MS) return;
    last = at;
    await heartbeats.updateOne(
      { _id: name },
      { $set: { at } },
      { upsert: true, writeConcern: { w: 1 } },
    );
  };
}
