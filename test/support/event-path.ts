import type { ApplyDeps } from '#activities/router/write-plan.ts';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { createEventStore } from '#events/event-store.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { createReceiptStore } from '#messages/receipt-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Mongo } from '#platform/mongo.ts';
import { RetentionSetting } from '#platform/retention.ts';
import { inTransaction } from '#platform/transaction.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { putSegment } from '#segments/put-segment.ts';

/** What applies events, as the worker wires it; nobody listens by webhook. */
export function wireEventPath(mongo: Mongo, clock: Clock): ApplyDeps {
  const c = mongo.collections;
  return {
    events: createEventStore(c, RetentionSetting.parse('')),
    profiles: createProfileStore(c),
    runs: createRunStore(c),
    versions: createJourneyVersions(c),
    segments: createLiveSegments(c),
    receipts: createReceiptStore(c),
    webhooks: {
      listening: () => Promise.resolve([]),
      insert: () => Promise.resolve(),
      wake: () => undefined,
    },
    transact: (work) => inTransaction(mongo.client, work),
    clock,
    settings: {
      shopCurrency: 'EUR',
      defaultZone: 'Europe/Kyiv',
      consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
    },
  };
}

/** Defines a segment at an instant (epoch ms); answers its generation. */
export async function defineSegment(
  mongo: Mongo,
  key: string,
  { condition, at }: { condition: object; at: number },
): Promise<number> {
  const parsed = parseCondition(condition);
  if (!('ok' in parsed)) throw new Error(JSON.stringify(parsed.faults));
  const segment = { name: key, condition: parsed.ok };
  return (await putSegment(mongo, { key, segment, at })).segment.generation;
}

/** Publishes a journey of nothing but this entry at an instant (epoch ms). */
export async function publishEntry(
  { collections: { journeys, journeyVersions } }: Mongo,
  key: string,
  { entry, at }: { entry: object; at: number },
): Promise<void> {
  const frame = { key, name: key, start: 'leave', steps: { leave: { end: 'done' } } };
  const parsed = parseJourney({ ...frame, entry });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { journey: definition } = parsed;
  const version = { _id: `${key}@1`, journey: key, version: 1, definition, publishedAt: at };
  await journeyVersions.insertOne(version);
  await journeys.insertOne({
    ...{ _id: key, draft: definition, status: 'live', version: 1, publishedAt: at, revision: 1 },
    ...{ controlled: 0, createdAt: at, updatedAt: at },
  });
}
