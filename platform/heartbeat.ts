import type { Db } from 'mongodb';
import type { Clock } from './clock.ts';

/** A beat a second is enough for a readiness probe. */
const BEAT_MS = 1_000;
/** Silence for longer means that nobody of this name was there. */
const GAP_MS = 5_000;

interface Heartbeat {
  _id: string;
  at: number;
  /** Epoch ms since when there was no gap. */
  since: number;
}

/** Says in Mongo that a part of Kairos is alive; called as often as one likes, writes once a second. */
export function createHeartbeat(db: Db, name: string, clock: Clock): () => Promise<void> {
  const heartbeats = db.collection<Heartbeat>('heartbeats');
  let last = 0;
  return async () => {
    const at = clock();
    if (at - last < BEAT_MS) return;
    // The first beat of a process begins anew: what came while there was none was not heard.
    const isFirst = last === 0;
    last = at;
    const isUnbroken = isFirst ? false : { $gte: ['$at', at - GAP_MS] };
    await heartbeats.updateOne(
      { _id: name },
      [{ $set: { at, since: { $cond: [isUnbroken, { $ifNull: ['$since', at] }, at] } } }],
      { upsert: true, writeConcern: { w: 1 } },
    );
  };
}

/**
 * Since when a part of Kairos has been there without a gap (epoch ms); now, where it is not there
 * at all or nobody can tell. Looked up once a second in the background.
 */
export function followHeartbeat(
  db: Db,
  name: string,
  clock: Clock,
): { since(): number; close(): void } {
  let seen: Heartbeat | null = null;
  const look = async (): Promise<void> => {
    try {
      seen = await db.collection<Heartbeat>('heartbeats').findOne({ _id: name });
    } catch {
      seen = null;
    }
  };
  const timer = setInterval(() => void look(), BEAT_MS);
  void look();
  return {
    since: () => (seen !== null && clock() - seen.at <= GAP_MS ? seen.since : clock()),
    close: () => {
      clearInterval(timer);
    },
  };
}
