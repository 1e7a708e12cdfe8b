import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import type { MachineMark } from '#domain/message/machine-look.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** What a provider said about one message; the shape of channels/provider.ts. */
export interface Receipt {
  /** Made from the provider's own ids: a repeat is the same event. */
  eventId: string;
  messageId: string;
  /** The customer event's name, e.g. `Email Delivered`. */
  name: string;
  /** Epoch ms. */
  occurredAt: number;
  providerId: string | null;
  bounce?: 'hard' | 'soft';
  /** For clicks: which link, by its number and name in its template where it is ours. */
  link?: { url: string; number?: number; name?: string };
  /** Set where a machine looked and no person: why it is taken for one. */
  machine?: MachineMark;
}

/**
 * The way in of providers' receipts: events of the person each message went to. Receipts of
 * messages nobody here sent are counted and left out. Bursts are never refused, for a provider's
 * repeats would only add to them. @throws DomainError `unavailable`; the provider repeats then.
 */
export function createAcceptReceipts({ store, stamp }: { store: AcceptStore; stamp: Stamp }) {
  return async function acceptReceipts(
    receipts: readonly Receipt[],
  ): Promise<{ accepted: number; ignored: number; ids: string[] }> {
    const messages = await store.messages([...new Set(receipts.map((one) => one.messageId))]);
    const { receivedAt, place } = stamp(receipts.length);
    const events = receipts.flatMap((receipt, index): StoredEvent[] => {
      const message = messages.get(receipt.messageId);
      if (message === undefined) return [];
      const { profileId, channel } = message;
      const { eventId, messageId, name, occurredAt } = receipt;
      return [
        {
          _id: eventId,
          profileId,
          partition: partitionOf(profileId),
          kind: 'track',
          name,
          occurredAt: Math.min(occurredAt, receivedAt),
          receivedAt,
          place: place + index,
          source: 'provider',
          properties: { message_id: messageId, channel, ...detailsOf(receipt) },
          state: 'accepted',
          pending: true,
        },
      ];
    });
    await store.insert(events);
    const ids = events.map(({ _id }) => _id);
    return { accepted: events.length, ignored: receipts.length - events.length, ids };
  };
}

/** What conditions can ask of a receipt beside its name. */
function detailsOf({ providerId, bounce, link, machine }: Receipt): JsonObject {
  return {
    ...(providerId === null ? {} : { provider_id: providerId }),
    ...(bounce === undefined ? {} : { bounce }),
    ...(link === undefined ? {} : { url: link.url }),
    ...(link?.number === undefined ? {} : { link: link.number }),
    ...(link?.name === undefined ? {} : { link_name: link.name }),
    ...(machine === undefined ? {} : { machine: true, machine_mark: machine }),
  };
}

export type AcceptReceipts = ReturnType<typeof createAcceptReceipts>;
