import type { Merge } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Checkpoint } from '#domain/reconcile/history.ts';
import type { Collections } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';

/** Merges may chain; a family of more generations is a fault of ours. */
const GENERATIONS_MAX = 20;

interface Member {
  checkpoint?: Checkpoint;
  /** Epoch ms. */
  createdAt: number;
}

/** Where an event stands in a family. */
interface Place {
  /** The profile it was folded into. */
  owner: string;
  /** A checkpoint of it holds the event already. */
  isHeld: boolean;
}

/** One profile, and those that were merged into it since its checkpoint, each with its own. */
export class Family {
  readonly members = new Map<string, Member>();
  /** The merged profile, by the id of the merge. */
  readonly #byMerge = new Map<string, string>();
  readonly #byEvent = new Map<string, string[]>();
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  add(id: string, member: Member): void {
    this.members.set(id, member);
  }

  addMerge({ id, merged, eventId }: Pick<Merge, 'id' | 'merged' | 'eventId'>): void {
    this.#byMerge.set(id, merged);
    this.#byEvent.set(eventId, [...(this.#byEvent.get(eventId) ?? []), merged]);
  }

  /**
   * An event as it was folded. Whom it asked to merge may have been part of somebody else by then,
   * of before any checkpoint here: whom it did merge is what the merges say.
   */
  asFolded(event: StoredEvent, owner: string): StoredEvent {
    const merges = event.merges && { merges: this.#byEvent.get(event._id) ?? [] };
    return { ...event, ...merges, profileId: owner };
  }

  checkpoints(): Map<string, Checkpoint> {
    const all = new Map<string, Checkpoint>();
    for (const [id, { checkpoint }] of this.members) {
      if (checkpoint !== undefined) all.set(id, checkpoint);
    }
    return all;
  }

  /** Whether all that came in since is still there. `lateMs` earlier it may have come in. */
  isWhole(now: number, shortest: number | null, lateMs: number): boolean {
    if (shortest === null) return true;
    return [...this.members.values()].every(
      ({ checkpoint, createdAt }) => (checkpoint?.takenAt ?? createdAt) - lateMs + shortest > now,
    );
  }

  /** Epoch ms since when events matter; 0: from the beginning. */
  since(lateMs: number): number {
    const starts = [...this.members.values()].map(({ checkpoint }) => checkpoint?.takenAt ?? 0);
    return Math.max(0, Math.min(...starts) - lateMs);
  }

  /** Whose an event was when it was folded; null where that cannot be said. */
  placeOf({ moved = [], appliedAt }: Pick<StoredEvent, 'moved' | 'appliedAt'>): Place | null {
    let owner = this.#id;
    for (const merge of [...moved].reverse()) {
      const merged = this.#byMerge.get(merge);
      if (merged === undefined) {
        // It came with a merge of before the checkpoint.
        return this.members.get(owner)?.checkpoint === undefined ? null : { owner, isHeld: true };
      }
      owner = merged;
    }
    const heldUntil = this.members.get(owner)?.checkpoint?.at;
    // A version that did not say when it folded left nothing that can be gone through again.
    if (appliedAt === undefined) return heldUntil === undefined ? null : { owner, isHeld: true };
    return { owner, isHeld: heldUntil !== undefined && appliedAt <= heldUntil };
  }
}

/** Reads who belongs to a profile's history since its checkpoint. */
export async function familyOf(
  c: Pick<Collections, 'checkpoints' | 'merges'>,
  { _id, createdAt }: Profile,
  session: Session,
): Promise<Family> {
  const family = new Family(_id);
  let open = new Map([[_id, createdAt]]);
  for (let generation = 0; open.size > 0; generation += 1) {
    if (generation >= GENERATIONS_MAX) throw new Error('merges chain without an end');
    const ids = [...open.keys()];
    const found = await c.checkpoints.find({ _id: { $in: ids } }, { session }).toArray();
    const checkpoints = new Map(found.map(({ _id: id, ...checkpoint }) => [id, checkpoint]));
    for (const [id, since] of open) {
      const checkpoint = checkpoints.get(id);
      family.add(id, { ...(checkpoint && { checkpoint }), createdAt: since });
    }
    const merges = await c.merges
      .find({ kept: { $in: ids }, undone: { $exists: false } }, { session })
      .sort({ place: 1 })
      .project<Merged>({
        ...{ kept: 1, merged: 1, at: 1, eventId: 1 },
        createdAt: '$snapshot.createdAt',
      })
      .toArray();
    open = new Map();
    for (const { _id: id, kept, merged, eventId, at, createdAt: born = 0 } of merges) {
      if (at <= (checkpoints.get(kept)?.at ?? -1)) continue;
      family.addMerge({ id, merged, eventId });
      open.set(merged, born);
    }
  }
  return family;
}

interface Merged {
  _id: string;
  kept: string;
  merged: string;
  eventId: string;
  at: number;
  createdAt?: number;
}
