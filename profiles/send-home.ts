import type { StoredEvent } from '#domain/event/event.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * An event that was accepted for a profile before a merge into it was undone, or by a process that
 * had not heard of it, goes to the owner of the identity it came with. `parted` are the profiles of
 * which that may be so. Answers the ids of the events that are no longer these profiles'.
 */
export async function sendHome(
  c: Pick<Collections, 'events' | 'identities' | 'messages'>,
  events: readonly StoredEvent[],
  parted: readonly string[],
): Promise<Set<string>> {
  const doubtful = events.filter(({ profileId }) => parted.includes(profileId));
  const owners = await readOwners(c, doubtful);
  const moves = doubtful.flatMap(({ _id, profileId, by, properties }) => {
    const { message_id: messageId } = properties;
    const names = by ?? (typeof messageId === 'string' ? [messageId] : []);
    const home = homeOf(profileId, names, owners);
    return home === profileId ? [] : [{ _id, home }];
  });
  if (moves.length > 0) {
    await c.events.bulkWrite(
      moves.map(({ _id, home: profileId }) => ({
        updateOne: {
          filter: { _id, state: 'accepted' },
          update: { $set: { profileId, partition: partitionOf(profileId) } },
        },
      })),
    );
  }
  return new Set(moves.map(({ _id }) => _id));
}

/** Profile ids by identity, and by message. */
async function readOwners(
  { identities, messages }: Pick<Collections, 'identities' | 'messages'>,
  events: readonly StoredEvent[],
): Promise<Map<string, string>> {
  const ids = events.flatMap(({ by }) => by ?? []);
  const messageIds = events.flatMap(({ by, properties: { message_id: id } }) =>
    by === undefined && typeof id === 'string' ? [id] : [],
  );
  const found = await Promise.all([
    ids.length === 0 ? [] : identities.find({ _id: { $in: ids } }).toArray(),
    messageIds.length === 0 ? [] : messages.find({ _id: { $in: messageIds } }).toArray(),
  ]);
  return new Map(found.flat().map(({ _id, profileId }) => [_id, profileId]));
}

/** A customer id decides; else all that is known must agree that it is somebody else's. */
function homeOf(
  profileId: string,
  by: readonly string[],
  owners: ReadonlyMap<string, string>,
): string {
  const [first = ''] = by;
  const speaks = first.startsWith('external:') ? owners.get(first) : undefined;
  if (speaks !== undefined) return speaks;
  const [owner, ...others] = by.map((id) => owners.get(id)).filter((id) => id !== undefined);
  return owner === undefined || others.some((other) => other !== owner) ? profileId : owner;
}
