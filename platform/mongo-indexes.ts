import { isIndexMissing } from './mongo-errors.ts';
import type { Collections } from './mongo.ts';

/** Makes the indexes, safely repeatable; each start of the API and the worker calls it. */
export async function ensureIndexes(c: Collections): Promise<void> {
  await Promise.all([
    indexPeople(c),
    indexEvents(c),
    indexRuns(c),
    indexMessages(c),
    c.audit.createIndex({ at: -1, _id: 1 }),
    ...[c.merges, c.slots, c.reconciles, c.segmentSizes, c.siteMessages, c.texts].map(expire),
    c.segmentSizes.createIndex({ segment: 1, every: 1, at: 1 }),
    c.reconciles.createIndex({ startedAt: -1, _id: -1 }),
    c.drifts.createIndex({ reconcile: 1, _id: 1 }),
  ]);
}

async function indexPeople(c: Collections): Promise<void> {
  await Promise.all([
    c.profiles.createIndex(
      { partition: 1, nextWatchAt: 1 },
      // Queries must say `$gt: 0` for the planner to see that this index serves them.
      { partialFilterExpression: { nextWatchAt: { $gt: 0 } } },
      {},
    ),
    // Who is in a segment, in the order of pages; those in none cost nothing.
    c.profiles.createIndex({ 'segments.key': 1, _id: 1 }, { sparse: true }, {}),
    // Who is interested in a product, in the order of pages.
    c.profiles.createIndex(
      { 'interests.product': 1, _id: 1 },
      { partialFilterExpression: { 'interests.product': { $exists: true } }, name: 'interested' },
      {},
    ),
    // People by the beginning of a name; those without one cost nothing (profiles/search-names.ts).
    c.profiles.createIndex(
      { names: 1, _id: 1 },
      { partialFilterExpression: { names: { $exists: true } } },
      {},
    ),
    // Who has a device, for when somebody else has it; those without one cost nothing.
    c.profiles.createIndex({ 'devices.token': 1 }, { sparse: true }, {}),
    c.identities.createIndex({ profileId: 1 }),
    // Who was merged into somebody, for their erasure; of the others it costs nothing.
    c.profiles.createIndex(
      { mergedInto: 1 },
      { partialFilterExpression: { mergedInto: { $type: 'string' } }, name: 'merged' },
      {},
    ),
    c.erasures.createIndex({ profiles: 1 }),
    c.erasures.createIndex({ lookedAgainAt: 1 }),
    // One profile has one own customer id: two writers cannot glue two customers together.
    c.identities.createIndex(
      { externalOf: 1 },
      { unique: true, partialFilterExpression: { externalOf: { $type: 'string' } } },
      {},
    ),
    c.merges.createIndex({ kept: 1, merged: 1 }),
    c.merges.createIndex({ eventId: 1 }),
    c.merges.createIndex({ at: -1, _id: 1 }),
    c.conflicts.createIndex({ at: -1, _id: 1 }),
    c.conflicts.createIndex({ ref: 1 }, { sparse: true }, {}),
    c.conflicts.createIndex({ ownerId: 1, claimantId: 1 }),
    // What an erasure and an export of somebody look for by the other side, too.
    c.merges.createIndex({ merged: 1 }),
    c.conflicts.createIndex({ claimantId: 1 }),
    c.siteMessages.createIndex({ profileId: 1 }),
  ]);
}

async function indexEvents(c: Collections): Promise<void> {
  await Promise.all([
    indexOrders(c.orders),
    // What is not yet routed, in the order of application, by partition.
    c.events.createIndex(
      { partition: 1, receivedAt: 1, place: 1 },
      { partialFilterExpression: { pending: true }, name: 'pending' },
      {},
    ),
    c.events.createIndex({ profileId: 1, name: 1, occurredAt: 1 }),
    indexHistories(c.events),
    expireEvents(c.events),
    indexByTime(c.events),
    c.events.createIndex({ ref: 1 }, { sparse: true }, {}),
  ]);
}

async function indexRuns(c: Collections): Promise<void> {
  await Promise.all([
    expire(c.runs),
    c.journeyVersions.createIndex({ journey: 1, version: 1 }, { unique: true }, {}),
    c.runs.createIndex({ profileId: 1, journey: 1, entryKey: 1, enteredAt: -1 }),
    c.runs.createIndex({ journey: 1, status: 1, _id: 1 }),
    c.runs.createIndex({ enteredAt: -1, _id: -1 }),
    c.runs.createIndex({ journey: 1, enteredAt: -1, _id: -1 }),
    c.runs.createIndex({ profileId: 1, enteredAt: -1, _id: -1 }),
    c.runs.createIndex(
      { partition: 1, enteredAt: 1 },
      { partialFilterExpression: { unstarted: true }, name: 'unstarted' },
      {},
    ),
    c.runs.createIndex({ status: 1, enteredAt: -1, _id: -1 }),
  ]);
}

async function indexMessages(c: Collections): Promise<void> {
  await Promise.all([
    expire(c.messages),
    c.messages.createIndex({ profileId: 1, createdAt: -1, _id: -1 }),
    c.messages.createIndex({ journey: 1, createdAt: -1, _id: -1 }),
    c.messages.createIndex({ runId: 1 }),
    // The links of text messages are asked for by their codes.
    c.messages.createIndex({ 'links.code': 1 }, { sparse: true }, {}),
    c.messages.createIndex({ createdAt: -1, _id: -1 }),
    c.messages.createIndex({ status: 1, createdAt: -1, _id: -1 }),
    indexReturned(c.messages),
    indexCampaigns(c.messages),
    c.messages.createIndex({ providerId: 1 }),
  ]);
}

async function indexOrders(orders: Collections['orders']): Promise<void> {
  await Promise.all([
    orders.createIndex({ profileId: 1, at: 1 }),
    // Those that were made, by when, for reports. Queries must say `completed: true`.
    orders.createIndex(
      { at: 1, _id: 1 },
      { partialFilterExpression: { completed: true }, name: 'made' },
      {},
    ),
  ]);
}

/** The index of an address's messages that came back; a message enters it when it does. */
async function indexReturned(messages: Collections['messages']): Promise<void> {
  await messages.createIndex(
    { addressHash: 1, createdAt: 1 },
    { partialFilterExpression: { status: { $in: ['bounced', 'failed'] } }, name: 'returned' },
    {},
  );
}

/** What receipts make of a campaign's messages is counted over this index, and no others are in it. */
async function indexCampaigns(messages: Collections['messages']): Promise<void> {
  await messages.createIndex(
    { campaign: 1, step: 1, status: 1, reason: 1 },
    { partialFilterExpression: { campaign: { $exists: true } }, name: 'ofCampaigns' },
    {},
  );
}

/** The index of a customer's events in the order in which they are listed. */
async function indexHistories(events: Collections['events']): Promise<void> {
  await events.createIndex({ profileId: 1, receivedAt: -1, occurredAt: -1, _id: 1 });
  // Earlier versions had one without the time of the event, which now costs writes for nothing.
  await dropIfThere(events, 'profileId_1_receivedAt_-1__id_1');
}

async function indexByTime(events: Collections['events']): Promise<void> {
  await Promise.all([
    // What is known of somebody. An event enters it when it is applied, which costs its acceptance
    // nothing. Queries must say `$gt: 'accepted'` for the planner to see that this index serves them.
    events.createIndex(
      { receivedAt: 1, _id: 1 },
      { partialFilterExpression: { state: { $gt: 'accepted' } }, name: 'applied' },
      {},
    ),
    // What Kairos itself told: who came into segments and went out.
    events.createIndex({ receivedAt: 1 }, { partialFilterExpression: { source: 'kairos' } }, {}),
  ]);
}

async function dropIfThere(events: Collections['events'], index: string): Promise<void> {
  await events.dropIndex(index).catch((error: unknown) => {
    if (!isIndexMissing(error)) throw error;
  });
}

/** The index by which MongoDB deletes what has an `expiresAt` in the past, at most a minute late. */
async function expire(
  collection: Collections[
    | 'runs'
    | 'messages'
    | 'merges'
    | 'reconciles'
    | 'segmentSizes'
    | 'slots'
    | 'siteMessages'
    | 'texts'],
): Promise<void> {
  // Its parameter types differ by collection; the call is the same for each.
  const index: Pick<Collections['runs'], 'createIndex'> = collection;
  await index.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, sparse: true }, {});
}

/**
 * Events are deleted once they are routed only: what still waits is never lost, however long it
 * waits. An event enters this index when it is routed, which costs its acceptance nothing.
 */
async function expireEvents(events: Collections['events']): Promise<void> {
  // Earlier versions had one over all events, which is in the way of this one.
  await dropIfThere(events, 'expiresAt_1');
  await events.createIndex(
    { expiresAt: 1 },
    {
      expireAfterSeconds: 0,
      partialFilterExpression: { state: 'routed', expiresAt: { $exists: true } },
      name: 'expired',
    },
    {},
  );
}
