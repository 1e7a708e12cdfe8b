import type { StoredEvent } from '#domain/event/event.ts';
import type { PastEvent } from './plan.ts';

type Seen = Pick<StoredEvent, '_id' | 'occurredAt' | 'properties' | 'context' | 'source'>;

/** What conditions and exits that look back see of an event. */
export function pastEvent({ _id: id, occurredAt, properties, context, source }: Seen): PastEvent {
  return {
    ...{ id, occurredAt, properties },
    ...(context && { context }),
    ...(source === 'kairos' && { source }),
  };
}
