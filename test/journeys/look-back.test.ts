import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAdvanceRun } from '#activities/advance-run.ts';
import { createRunWorld } from '#activities/run-world.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createEventStore } from '#events/event-store.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { createMessageProgress } from '#messages/message-progress.ts';
import type { StoredRun } from '#platform/documents.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import type { AdvanceResult } from '#workflows/contract.ts';

const HOUR = 3_600_000;
const T = 1_700_000_000_000;

const LOOP = journeyWith('look', {
  look: {
    waitFor: { event: 'Cart Viewed', where: { 'properties.total': { gte: 1 } }, timeout: 'P1D' },
    next: { received: 'worth', timeout: 'leave' },
  },
  worth: {
    branch: [
      { when: { trait: 'orders_count', gte: 1 }, next: 'leave' },
      { else: true, next: 'look' },
    ],
  },
  leave: { end: 'left' },
});

const CASCADE = journeyWith('remind', {
  remind: {
    send: {
      template: 'cart-reminder',
      cascade: [{ channel: 'sms', patience: 'PT1H' }],
      until: 'delivered',
    },
    next: { reached: 'good', exhausted: 'leave' },
  },
  good: { end: 'good' },
  leave: { end: 'left' },
});

/** The activity that moves a run, over a real database, with a clock of its own. */
class Advancing {
  now = T;
  private seq = 0;
  private places = 0;
  private last: AdvanceResult | null = null;

  constructor(
    private readonly mongo: Mongo,
    private readonly id: string,
    private readonly journey: Journey,
  ) {}

  /** A run that an event began which happened at `at` and was received at `receivedAt`. */
  async begin({ at, receivedAt }: { at: number; receivedAt: number }): Promise<void> {
    const { collections } = this.mongo;
    const { id } = this;
    await collections.profiles.insertOne(newProfile(id, 0, T));
    await collections.journeyVersions.insertOne({
      _id: `${id}@1`,
      journey: id,
      version: 1,
      definition: { ...this.journey, key: id, exits: [{ event: 'Order Completed' }] },
      publishedAt: 0,
    });
    await collections.journeys.insertOne({
      _id: id,
      draft: this.journey,
      status: 'live',
      version: 1,
      revision: 1,
      publishedAt: 0,
      controlled: 1,
      createdAt: 0,
      updatedAt: 0,
    });
    const properties = {};
    const event = { id: `${id}-in`, name: 'In', occurredAt: at, receivedAt, properties };
    const run: StoredRun = {
      _id: id,
      journey: id,
      version: 1,
      profileId: id,
      partition: 0,
      entryKey: null,
      entry: { kind: 'event', id: event.id, at, event, properties },
      status: 'running',
      outcome: null,
      enteredAt: this.now,
      endedAt: null,
      path: [],
      exits: ['Order Completed'],
      listens: { events: [], receipts: false },
      unstarted: true,
      latest: null,
      goal: null,
      conversion: null,
      temporalRunId: null,
    };
    await collections.runs.insertOne(run);
  }

  /** Applied, and never told to the run by a signal. */
  async happens(name: string, at: number, properties = {}, count = 1): Promise<void> {
    const events = Array.from({ length: count }, (): StoredEvent => {
      this.places += 1;
      return {
        _id: `${this.id}-${String(this.places)}`,
        profileId: this.id,
        partition: 0,
        kind: 'track',
        name,
        occurredAt: at,
        receivedAt: Math.max(at, this.now),
        place: this.places,
        source: 'server',
        properties,
        state: 'applied',
      };
    });
    await this.mongo.collections.events.insertMany(events);
  }

  async advance(kind: 'entered' | 'control' | 'elapsed'): Promise<string> {
    const { collections } = this.mongo;
    const events = createEventStore(collections, { expiryOf: () => null });
    const profiles = createProfileStore(collections);
    const settings = {
      shopCurrency: 'USD',
      defaultZone: 'UTC',
      consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
    };
    const world = createRunWorld({
      profiles,
      events,
      segments: createLiveSegments(collections),
      settings,
      // The provider is busy: the call belongs to its queue.
      send: () =>
        Promise.resolve({
          kind: 'later',
          retryAt: this.now + HOUR / 2,
          reason: 'providerUnavailable',
        }),
      withdraw: () => Promise.resolve(),
      call: () => Promise.reject(new Error('nothing is called here')),
      task: () => Promise.reject(new Error('there are no tasks here')),
      receipts: createMessageProgress(collections),
      sendQueue: () => Promise.resolve('none'),
      isPaced: () => false,
    });
    const advanceRun = createAdvanceRun({
      runs: createRunStore(collections),
      events,
      versions: createJourneyVersions(collections),
      world,
      clock: () => this.now,
      runsKeptMs: null,
    });
    this.seq += 1;
    const { state = null, effect = null } = this.last ?? {};
    const { id: runId, seq } = this;
    const input = { runId, journey: runId, seq, state, effect, news: { kind } };
    this.last = await advanceRun(input, 'execution', { via: null });
    const run = await collections.runs.findOne({ _id: runId });
    return (run?.path ?? []).map(({ step, outcome }) => `${step}:${outcome}`).join(' ');
  }
}

describe('a run that looks back', () => {
  let mongo: Mongo;
  beforeAll(async () => {
    mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'look-back');
    await mongo.db.dropDatabase();
    await ensureIndexes(mongo.collections);
  });
  afterAll(async () => {
    await mongo.db.dropDatabase();
    await mongo.close();
  });

  async function begun(id: string, entry = { at: T, receivedAt: T }): Promise<Advancing> {
    const run = new Advancing(mongo, id, LOOP);
    await run.begin(entry);
    return run;
  }

  it('takes one event for one answer, also round a loop and through a branch', async () => {
    const run = await begun('once');
    await run.happens('Cart Viewed', T, { total: 1 });
    expect(await run.advance('entered')).toBe('look:received worth:else');
    expect(await run.advance('control')).toBe('look:received worth:else');
    run.now += HOUR;
    await run.happens('Cart Viewed', run.now, { total: 1 }, 2);
    expect(await run.advance('control')).toBe(
      'look:received worth:else look:received worth:else look:received worth:else',
    );
  });

  it('finds what it waits for behind any number of events that are not it', async () => {
    const run = await begun('behind-many');
    expect(await run.advance('entered')).toBe('');
    run.now += HOUR;
    await run.happens('Cart Viewed', run.now, { total: 0 }, 250);
    await run.happens('Cart Viewed', run.now, { total: 1 });
    expect(await run.advance('control')).toBe('look:received worth:else');
  });

  it('finds the exit that was lost behind any number of others', async () => {
    const run = await begun('exit-behind-many');
    expect(await run.advance('entered')).toBe('');
    await mongo.collections.runs.updateOne(
      { _id: 'exit-behind-many' },
      { $set: { relisten: true } },
    );
    // Told late, they happened before the run began: none of them ends it.
    await run.happens('Order Completed', T - HOUR, {}, 250);
    run.now += HOUR;
    await run.happens('Order Completed', run.now);
    expect(await run.advance('control')).toBe('look:exited');
  });

  it('hears of an exit when its first workflow was lost before it wrote anything', async () => {
    const run = await begun('lost-at-once');
    await mongo.collections.runs.updateOne({ _id: 'lost-at-once' }, { $set: { relisten: true } });
    await run.happens('Order Completed', T);
    expect(await run.advance('entered')).toBe('look:exited');
  });

  it('counts what happened since it was entered when Kairos is late, not when its client was', async () => {
    const late = await begun('client-late', { at: T - 72 * HOUR, receivedAt: T - 1_000 });
    await late.happens('Cart Viewed', T - 71 * HOUR, { total: 1 });
    expect(await late.advance('entered')).toBe('');

    const behind = await begun('kairos-late', { at: T - HOUR, receivedAt: T - HOUR });
    await behind.happens('Cart Viewed', T - HOUR / 2, { total: 1 });
    expect(await behind.advance('entered')).toBe('look:received worth:else');
  });

  it('knows what was delivered though nobody told it in its patience that the call was answered', async () => {
    const run = new Advancing(mongo, 'untold', CASCADE);
    await run.begin({ at: T, receivedAt: T });
    expect(await run.advance('entered')).toBe('');
    run.now += HOUR / 2;
    expect(await run.advance('elapsed')).toBe('');
    // Its queued call went out and came back, and the worker was gone before it could say so.
    await mongo.collections.messages.insertOne({
      _id: 'untold/remind/1/0',
      runId: 'untold',
      profileId: 'untold',
      journey: 'untold',
      version: 1,
      step: 'remind',
      channel: 'sms',
      template: 'cart-reminder',
      provider: 'twilio',
      language: 'en',
      providerId: 'SM1',
      addressHash: 'a',
      status: 'delivered',
      reason: null,
      history: [{ status: 'delivered', at: run.now }],
      attempts: 1,
      calledAt: run.now,
      createdAt: run.now,
      updatedAt: run.now,
    });
    run.now += HOUR;
    expect(await run.advance('elapsed')).toBe('remind:reached good:good');
  });
});
