import type { Filter } from 'mongodb';
import { DomainError } from '#domain/errors.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { Collections } from '#platform/mongo.ts';

/** Which of a customer's events are asked for. */
export interface EventsAsked {
  profileId: string;
  name?: string | undefined;
  /** Only what Kairos or somebody in the shop told, or only the rest. */
  system?: boolean | undefined;
  /** Only those that say something of consent on this channel. */
  consent?: string | undefined;
}

/** The channel an `Unsubscribed` event speaks of when it names none. */
const UNSUBSCRIBED_CHANNEL = 'email';

/**
 * Whether an event was told by Kairos itself (somebody came into a segment) or by a person in the
 * shop (two profiles were merged), and is not something the customer did. What a file tells of a
 * customer is the customer's.
 */
export function isSystemEvent({ source, context }: StoredEvent): boolean {
  return source === 'kairos' || (source === 'admin' && context?.import === undefined);
}

const SYSTEM: Filter<StoredEvent>[] = [
  { source: 'kairos' },
  { source: 'admin', 'context.import': { $exists: false } },
];

/**
 * Events of one customer, newest received first; of those that came in together, as a batch or an
 * import does, the one that happened last.
 * @throws DomainError `malformed` for a place that is none of this list
 */
export async function listEvents(
  c: Collections,
  asked: EventsAsked,
  { limit, after }: PageRequest,
): Promise<Page<StoredEvent>> {
  const filter = filterOf(asked);
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

function filterOf({ profileId, name, system, consent }: EventsAsked): Filter<StoredEvent> {
  const said: Filter<StoredEvent>[] = [];
  if (system === true) said.push({ $or: SYSTEM });
  if (system === false) said.push({ $nor: SYSTEM });
  if (consent !== undefined) {
    const channel = consent === UNSUBSCRIBED_CHANNEL ? { $in: [consent, null] } : consent;
    said.push({
      $or: [
        { [`consents.${consent}`]: { $exists: true } },
        { name: 'Unsubscribed', 'properties.channel': channel },
      ],
    });
  }
  return {
    profileId,
    ...(name === undefined ? {} : { name }),
    ...(said.length === 0 ? {} : { $and: said }),
  };
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
