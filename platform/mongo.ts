import { MongoClient, type Collection, type Db } from 'mongodb';
import type { StoredEvent } from '#domain/event/event.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type {
  StoredGateSettings,
  StoredPace,
  StoredSendingSettings,
  StoredSlots,
} from './gate-documents.ts';
import { mendMongodb } from './mend-mongodb.ts';
import type {
  StoredCheckpoint,
  StoredDeed,
  StoredDrift,
  StoredJourney,
  StoredReconcile,
  StoredRun,
  StoredSegment,
  StoredSetting,
  StoredSize,
  StoredSuppression,
  StoredTemplate,
  StoredVersion,
} from './documents.ts';
import type { StoredErased, StoredErasure } from './erasure-documents.ts';
import type { StoredTask } from './task-documents.ts';
import type { StoredText } from './text-documents.ts';
import type { StoredConflict, StoredIdentity, StoredMerge } from './identity-documents.ts';
import type { StoredSiteMessage } from './site-documents.ts';

/** Every collection of Kairos, typed; `ensureIndexes` makes each one safe. */
export interface Collections {
  profiles: Collection<Profile>;
  identities: Collection<StoredIdentity>;
  conflicts: Collection<StoredConflict>;
  merges: Collection<StoredMerge>;
  audit: Collection<StoredDeed>;
  orders: Collection<Order>;
  events: Collection<StoredEvent>;
  journeys: Collection<StoredJourney>;
  journeyVersions: Collection<StoredVersion>;
  templates: Collection<StoredTemplate>;
  runs: Collection<StoredRun>;
  messages: Collection<StoredMessage>;
  siteMessages: Collection<StoredSiteMessage>;
  suppressions: Collection<StoredSuppression>;
  gateSettings: Collection<StoredGateSettings>;
  sendingSettings: Collection<StoredSendingSettings>;
  paces: Collection<StoredPace>;
  slots: Collection<StoredSlots>;
  segments: Collection<StoredSegment>;
  settings: Collection<StoredSetting>;
  checkpoints: Collection<StoredCheckpoint>;
  reconciles: Collection<StoredReconcile>;
  drifts: Collection<StoredDrift>;
  segmentSizes: Collection<StoredSize>;
  erasures: Collection<StoredErasure>;
  erased: Collection<StoredErased>;
  texts: Collection<StoredText>;
  tasks: Collection<StoredTask>;
}

export interface Mongo {
  client: MongoClient;
  db: Db;
  collections: Collections;
  close(): Promise<void>;
}

/**
 * Connects with durable writes: majority and journaled, so that what was answered survives a crash
 * of the primary. Fails after 10 s without a server, so that a start says what is wrong.
 */
export async function connectMongo(uri: string, database?: string): Promise<Mongo> {
  mendMongodb();
  const client = new MongoClient(uri, {
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    retryWrites: true,
    serverSelectionTimeoutMS: 10_000,
    maxPoolSize: 50,
    ignoreUndefined: true,
  });
  await client.connect();
  const db = client.db(database);
  return { client, db, collections: collectionsOf(db), close: () => client.close() };
}

function collectionsOf(db: Db): Collections {
  return {
    profiles: db.collection('profiles'),
    identities: db.collection('identities'),
    conflicts: db.collection('conflicts'),
    merges: db.collection('merges'),
    audit: db.collection('audit'),
    orders: db.collection('orders'),
    events: db.collection('events'),
    journeys: db.collection('journeys'),
    journeyVersions: db.collection('journeyVersions'),
    templates: db.collection('templates'),
    runs: db.collection('runs'),
    messages: db.collection('messages'),
    siteMessages: db.collection('siteMessages'),
    suppressions: db.collection('suppressions'),
    gateSettings: db.collection('gateSettings'),
    sendingSettings: db.collection('sendingSettings'),
    paces: db.collection('paces'),
    slots: db.collection('slots'),
    segments: db.collection('segments'),
    settings: db.collection('settings'),
    checkpoints: db.collection('checkpoints'),
    reconciles: db.collection('reconciles'),
    drifts: db.collection('drifts'),
    segmentSizes: db.collection('segmentSizes'),
    erasures: db.collection('erasures'),
    erased: db.collection('erased'),
    texts: db.collection('texts'),
    tasks: db.collection('tasks'),
  };
}
