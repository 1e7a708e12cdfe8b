import type { StoredEvent } from '#domain/event/event.ts';
import type { JsonObject } from '#domain/json.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Stamp } from './accept-stamp.ts';
import type { AcceptStore } from './accept-store.ts';

/** What became of a task, as an event of its customer. */
export interface TaskEvent {
  taskId: string;
  profileId: string;
  name: string;
  /** Ids and words of the journey; no note. */
  properties: JsonObject;
}

/**
 * The way in of what happens to tasks: events like any other, by ids that follow from the task and
 * the name, so that a repeat is the same event. @throws DomainError `unavailable`
 */
export function createAcceptTasks({ store, stamp }: { store: AcceptStore; stamp: Stamp }) {
  return async function acceptTask(told: TaskEvent): Promise<void> {
    const { receivedAt, place } = stamp(1);
    const { taskId, profileId, name, properties } = told;
    const event: StoredEvent = {
      _id: `${name.toLowerCase().replaceAll(' ', '-')}:${taskId}`,
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      name,
      occurredAt: receivedAt,
      receivedAt,
      place,
      // The customer did nothing: they were not seen by it.
      source: 'kairos',
      properties: { task_id: taskId, ...properties },
      state: 'accepted',
      pending: true,
    };
    await store.insert([event]);
  };
}

export type AcceptTask = ReturnType<typeof createAcceptTasks>;
