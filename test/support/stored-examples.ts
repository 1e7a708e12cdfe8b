import type { StoredMessage } from '#domain/message/message.ts';
import type { StoredRun } from '#platform/documents.ts';

/** A run of one step that took a second; what began it is nobody else’s business. */
export function storedRun(id: string, at: number): StoredRun {
  return {
    _id: id,
    journey: 'abandoned-cart',
    version: 3,
    profileId: 'p1',
    partition: 0,
    entryKey: 'secret-cart',
    entry: { kind: 'api', id: 'e1', at, event: null, properties: { note: 'private' } },
    status: 'completed',
    outcome: 'done',
    enteredAt: at,
    endedAt: at + 1000,
    path: [{ step: 'hour', at, outcome: 'passed' }],
    exits: [],
    listens: { events: [], receipts: false },
    latest: null,
    goal: null,
    conversion: null,
    temporalRunId: 'temporal-run',
  };
}

/** A mail that was sent at once. */
export function storedMessage(id: string, at: number): StoredMessage {
  return {
    _id: id,
    runId: 'r1',
    profileId: 'p1',
    journey: 'abandoned-cart',
    version: 3,
    step: 'remind',
    channel: 'email',
    provider: 'sendgrid',
    template: 'cart-reminder',
    language: 'en',
    status: 'sent',
    reason: null,
    history: [{ status: 'sent', at }],
    providerId: 'x',
    attempts: 1,
    calledAt: at,
    addressHash: 'h',
    createdAt: at,
    updatedAt: at,
  };
}
