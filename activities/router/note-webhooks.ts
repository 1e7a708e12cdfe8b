import type { StoredEvent } from '#domain/event/event.ts';
import { hears, type WebhookEndpoint } from '#domain/webhook/endpoint.ts';
import type { Session } from '#platform/transaction.ts';
import type { NewDelivery } from '#webhooks/delivery-store.ts';

/** An address that is told of events, as the event path sees it. */
export type Listening = Pick<WebhookEndpoint, 'kind' | 'listens' | 'imported'> & { _id: string };

/** How the event path notes what webhooks are to be told of. */
export interface WebhookNotes {
  /** Read anew for each batch: an endpoint made a moment ago hears the very next event. */
  listening(): Promise<readonly Listening[]>;
  insert(made: readonly NewDelivery[], session: Session): Promise<void>;
  /** Something may be due for these endpoints. Returns at once; a lost call costs seconds. */
  wake(endpoints: readonly string[]): void;
}

/** What endpoints are to be told of these events, in their order. */
export function toldOf(
  endpoints: readonly Listening[],
  events: readonly StoredEvent[],
): NewDelivery[] {
  return endpoints.flatMap((endpoint) =>
    events
      .filter((event) => hears(endpoint, event))
      .map(({ _id: eventId, name, profileId, receivedAt, place }) => ({
        endpoint: endpoint._id,
        eventId,
        event: name,
        profileId,
        at: receivedAt,
        place,
      })),
  );
}

/** Wakes whoever tells what was noted, once it is committed. */
export function wakeFor(notes: Pick<WebhookNotes, 'wake'>, made: readonly NewDelivery[]): void {
  if (made.length > 0) notes.wake([...new Set(made.map(({ endpoint }) => endpoint))]);
}
