import type { Filter } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Events of one customer, newest received first; of those that came in together, as a batch or an
 * import does, the one that happened last.
 * @throws DomainError `malformed` for a place that is none of this list
 */
export async function listEvents(
  c: Collections,
  { profileId, name }: { profileId: string; name?: string | undefined },
  { limit, after }: PageRequest,
): Promise<Page<StoredEvent>> {
  const filter: Filter<StoredEvent> = { profileId, ...(name === undefined ? {} : { name }) };
  if (after !== null) {
    const { occurredAt, id } = readTie(after.id);
    filter.$or = [
      { receivedAt: { $lt: after.at } },
      { receivedAt: after.at, occurredAt: { $lt: occurredAt } },
      { receivedAt: after.at, occurredAt, _id: { $gt: id } },
    ];
  }
  const read = await c.events
    .find(filter)
    .sort({ receivedAt: -1, occurredAt: -1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, (event) => ({ at: event.receivedAt, id: writeTie(event) }));
}

/** What a page's place keeps of the order beyond its instant: `<occurredAt> <id>`. */
function writeTie({ occurredAt, _id }: StoredEvent): string {
  return `${String(occurredAt)} ${_id}`;
}

function readTie(tie: string): { occurredAt: number; id: string } {
  const [, occurredAt, id] = /^(-?\d+) (.+)$/s.exec(tie) ?? [];
  if (occurredAt === undefined || id === undefined) {
    throw new DomainError('malformed', 'The cursor is not one that this list gave.');
  }
  return { occurredAt: Number(occurredAt), id };
}
