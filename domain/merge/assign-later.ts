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
  identities: readonly { _id: string; externalOf?: string }[];
}

export type Side = 'kept' | 'merged';

/** Whose each later event is, and each identity that was first seen in one. */
export interface Assigned {
  /** By event id. */
  events: ReadonlyMap<string, Side>;
  /** By identity id. */
  identities: ReadonlyMap<string, Side>;
}

const EXTERNAL = 'external:';

/**
 * Whose each event since a merge would have been without it, by the rules of docs/identity.md: a
 * customer id says whose it is, else the known customer among those named, else the older profile.
 * An identity first seen since belongs with the one whose event brought it. What came with no
 * identity, and no message of the merged profile, is the kept one's.
 *
 * `later` in the order of application; `theirMessages`: ids of messages that the merged profile was
 * sent before the merge, whose receipts are its own.
 */
export function assignLater(
  merge: MergeRecord,
  later: readonly StoredEvent[],
  theirMessages: ReadonlySet<string>,
): Assigned {
  const known = new Map<string, Side>([
    [merge.kept, 'kept'],
    [merge.merged, 'merged'],
  ]);
  for (const id of merge.keptIdentities) known.set(id, 'kept');
  for (const { _id } of merge.identities) known.set(_id, 'merged');
  const customers = {
    kept: merge.keptIdentities.some((id) => id.startsWith(EXTERNAL)),
    merged: merge.identities.some(({ _id }) => _id.startsWith(EXTERNAL)),
  };
  const older: Side = merge.kept <= merge.merged ? 'kept' : 'merged';
  const fresh = new Map<string, Side>();
  const events = new Map<string, Side>();
  for (const event of later) {
    const side =
      event.by === undefined
        ? sideOfReceipt(event, theirMessages)
        : sideOf(event.by, { known, customers, older });
    events.set(event._id, side);
    for (const id of event.by ?? []) {
      if (known.has(id)) continue;
      known.set(id, side);
      fresh.set(id, side);
      if (id.startsWith(EXTERNAL)) customers[side] = true;
    }
  }
  return { events, identities: fresh };
}

function sideOfReceipt(event: StoredEvent, theirMessages: ReadonlySet<string>): Side {
  const messageId = event.properties.message_id;
  return typeof messageId === 'string' && theirMessages.has(messageId) ? 'merged' : 'kept';
}

interface Owners {
  known: ReadonlyMap<string, Side>;
  customers: Readonly<Record<Side, boolean>>;
  older: Side;
}

function sideOf(by: readonly string[], { known, customers, older }: Owners): Side {
  const [first = ''] = by;
  const speaks = known.get(first);
  if (speaks !== undefined && first.startsWith(EXTERNAL)) return speaks;
  const named = by.map((id) => known.get(id)).filter((side) => side !== undefined);
  const [side = 'kept'] = named;
  if (named.every((one) => one === side)) return side;
  // A customer id never seen becomes that of a profile nobody speaks for.
  if (first.startsWith(EXTERNAL)) return named.find((one) => !customers[one]) ?? side;
  return named.find((one) => customers[one]) ?? older;
}
