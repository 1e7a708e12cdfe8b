import type { StoredEvent } from '#domain/event/event.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';

/** One merge with all that undoing needs. */
export interface MergeRecord {
  id: string;
  kept: string;
  merged: string;
  /** The event that brought it about. */
  eventId: string;
  /** Both as they were just before. */
  keptSnapshot: Profile;
  snapshot: Profile;
  /** All orders of both, as they were. */
  orders: readonly Order[];
  keptIdentities: readonly string[];
  /** Of the merged profile. `externalOf`: its own customer id. */
  identities: readonly Named[];
  /** Merges into the kept profile since, in their order: they stand, whichever of the two they were with. */
  carried: readonly LaterMerge[];
}

interface Named {
  _id: string;
  externalOf?: string;
}

/** A merge into the kept profile since, with what it brought. */
export interface LaterMerge {
  id: string;
  /** The profile that was merged by it. */
  merged: string;
  eventId: string;
  /** That profile as it was just before. */
  snapshot: Profile;
  /** Its orders. */
  orders: readonly Order[];
  identities: readonly Named[];
  /** A public key said so: what came over may not consent. */
  unproven: boolean;
}

export type Side = 'kept' | 'merged';

/** Whose each later event is, each identity that was first seen in one, and each later merge. */
export interface Assigned {
  /** By event id; what came with a later merge goes with it and is not named here. */
  events: ReadonlyMap<string, Side>;
  /** By identity id. */
  identities: ReadonlyMap<string, Side>;
  /** Customer ids that became a profile's own since, by identity id. */
  own: ReadonlyMap<string, Side>;
  /** By merge id, with the identities that the one it was merged into had by then. */
  carried: ReadonlyMap<string, { side: Side; keptIdentities: string[] }>;
}

const EXTERNAL = 'external:';

/**
 * Whose each event since a merge would have been without it, by the rules of docs/identity.md: a
 * customer id says whose it is, else the known customer among those named, else the older profile.
 * An identity first seen since belongs with the one whose event brought it, and so does a whole
 * profile that was merged since. What came with no identity, and no message of the merged profile,
 * is the kept one's.
 *
 * `later` in the order of application; `movedMessages`: messages that came with this merge or a
 * later one, by id, with that merge's: their receipts are theirs whom they were sent to.
 */
export function assignLater(
  merge: MergeRecord,
  later: readonly StoredEvent[],
  movedMessages: ReadonlyMap<string, string>,
): Assigned {
  const people = new People(merge);
  const came = new Set(merge.carried.map(({ id }) => id));
  const events = new Map<string, Side>();
  const carried = new Map<string, { side: Side; keptIdentities: string[] }>();
  for (const event of later) {
    // What was another profile's until it was merged goes with that profile.
    if (event.moved?.some((id) => came.has(id)) === true) continue;
    const sideOfMessage = (): Side => {
      const cameWith = messageMerge(event, movedMessages);
      return cameWith === merge.id ? 'merged' : (carried.get(cameWith)?.side ?? 'kept');
    };
    const side = event.by === undefined ? sideOfMessage() : people.sideOf(event.by);
    events.set(event._id, side);
    for (const one of merge.carried) {
      if (one.eventId !== event._id) continue;
      carried.set(one.id, { side, keptIdentities: people.identitiesOf(side) });
      people.join(one, side);
    }
    people.meet(event.by ?? [], side);
  }
  return { events, identities: people.fresh, own: people.own, carried };
}

function messageMerge(
  { properties: { message_id: id } }: StoredEvent,
  moved: ReadonlyMap<string, string>,
): string {
  return (typeof id === 'string' ? moved.get(id) : undefined) ?? '';
}

/** The two, and by which names each is known as time goes on. */
class People {
  readonly fresh = new Map<string, Side>();
  readonly own = new Map<string, Side>();
  readonly #known: Map<string, Side>;
  readonly #profiles: Set<string>;
  readonly #customers: Record<Side, boolean>;
  readonly #older: Side;

  constructor({ kept, merged, keptIdentities, identities }: MergeRecord) {
    this.#profiles = new Set([kept, merged]);
    this.#known = new Map<string, Side>([
      [kept, 'kept'],
      [merged, 'merged'],
    ]);
    for (const id of keptIdentities) this.#known.set(id, 'kept');
    for (const { _id } of identities) this.#known.set(_id, 'merged');
    this.#customers = {
      kept: keptIdentities.some((id) => id.startsWith(EXTERNAL)),
      merged: identities.some(({ _id }) => _id.startsWith(EXTERNAL)),
    };
    this.#older = kept <= merged ? 'kept' : 'merged';
  }

  identitiesOf(side: Side): string[] {
    const own = [...this.#known].filter(([id, one]) => one === side && !this.#profiles.has(id));
    return own.map(([id]) => id);
  }

  /** Names that came with an event of this side; those never seen are its own. */
  meet(by: readonly string[], side: Side): void {
    for (const id of by) {
      if (this.#known.has(id)) continue;
      this.#known.set(id, side);
      this.fresh.set(id, side);
      // Only the first says who speaks; an earlier id may be of any kind.
      if (id.startsWith(EXTERNAL) && id === by[0]) this.#claim(id, side);
    }
  }

  /** A whole profile that was merged into this side. */
  join({ merged, identities }: LaterMerge, side: Side): void {
    this.#profiles.add(merged);
    this.#known.set(merged, side);
    for (const { _id, externalOf } of identities) {
      this.#known.set(_id, side);
      this.fresh.set(_id, side);
      if (externalOf === merged) this.#claim(_id, side);
    }
  }

  /** A profile has one customer id of its own: the first. */
  #claim(id: string, side: Side): void {
    if (!this.#customers[side]) this.own.set(id, side);
    this.#customers[side] = true;
  }

  sideOf(by: readonly string[]): Side {
    const [first = ''] = by;
    const speaks = this.#known.get(first);
    if (speaks !== undefined && first.startsWith(EXTERNAL)) return speaks;
    const named = by.map((id) => this.#known.get(id)).filter((side) => side !== undefined);
    const [side = 'kept'] = named;
    if (named.every((one) => one === side)) return side;
    // A customer id never seen becomes that of a profile nobody speaks for.
    if (first.startsWith(EXTERNAL)) return named.find((one) => !this.#customers[one]) ?? side;
    return named.find((one) => this.#customers[one]) ?? this.#older;
  }
}
