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

/** The owners of partitions in one document. */
interface OwnersHeartbeat {
  _id: string;
  /** Epoch ms of the latest beat of any of them: all that earlier versions wrote, and read. */
  at: number;
  /** How many there are to be. */
  of?: number;
  /** Epoch ms of the last beat of each, by its number. */
  owners?: Record<string, number>;
}

const ROUTER = 'router';

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

/**
 * As createHeartbeat for the owners of partitions, of which a process has any number: each has a
 * beat of its own, so that one that hangs is not covered by the others.
 */
export function createOwnerHeartbeat(
  db: Db,
  clock: Clock,
): (owner: number, of: number) => Promise<void> {
  const heartbeats = db.collection<OwnersHeartbeat>('heartbeats');
  const last = new Map<number, number>();
  return async (owner, of) => {
    const at = clock();
    if (at - (last.get(owner) ?? 0) < BEAT_MS) return;
    last.set(owner, at);
    await heartbeats.updateOne(
      { _id: ROUTER },
      { $set: { at, of, [`owners.${String(owner)}`]: at } },
      { upsert: true, writeConcern: { w: 1 } },
    );
  };
}

/**
 * Epoch ms of the last beat of that owner of partitions which has been silent for longest; null
 * where one of them was never there. Throws what the driver throws, after `timeoutMs` at the latest.
 */
export async function oldestOwnerBeat(db: Db, timeoutMs: number): Promise<number | null> {
  const beat = await db
    .collection<OwnersHeartbeat>('heartbeats')
    .findOne({ _id: ROUTER }, { maxTimeMS: timeoutMs });
  if (beat === null) return null;
  const { at, of, owners } = beat;
  // Workers of an earlier version beat for all owners at once.
  if (of === undefined || owners === undefined) return at;
  const beats = Array.from({ length: of }, (_, owner) => owners[String(owner)]);
  return beats.reduce<number | null>(
    (oldest, one) => (oldest === null || one === undefined ? null : Math.min(oldest, one)),
    at,
  );
}
