import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAdvanceRun } from '#activities/advance-run.ts';
import { createRunWorld } from '#activities/run-world.ts';
import { createWithdrawMessages } from '#activities/withdraw-messages.ts';
import { journeyWith } from '#domain/journey/journey.example.ts';
import type { CallOutcome } from '#domain/journey/run.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { StoredMessage } from '#domain/message/message.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { createEventStore } from '#events/event-store.ts';
import { createJourneyVersions } from '#journeys/live-journeys.ts';
import { createRunStore } from '#journeys/run-store.ts';
import { createMessageProgress } from '#messages/message-progress.ts';
import type { StoredRun } from '#platform/documents.ts';
import type { Mongo } from '#platform/mongo.ts';
import { createProfileStore } from '#profiles/profile-store.ts';
import { createLiveSegments } from '#segments/live-segments.ts';
import type { AdvanceResult } from '#workflows/contract.ts';
import { openTestDatabase } from '../support/tracking-app.ts';

const T = 1_700_000_000_000;

const JOURNEY = journeyWith('ask', {
  ask: { webhook: { url: 'https://shop.example/' }, next: { ok: 'stay', failed: 'leave' } },
  stay: { wait: 'P1D', next: 'leave' },
  leave: { end: 'left' },
});

const GOOD: CallOutcome = { kind: 'answered', status: 200, retryAt: T };
const REFUSED: CallOutcome = { kind: 'answered', status: 400, retryAt: T };

let mongo: Mongo;
beforeAll(async () => {
  mongo = await openTestDatabase('lost-execution');
}, 60_000);
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

interface How {
  answer: () => Promise<CallOutcome>;
  /** Dies as soon as where the run stands is written. */
  dies?: true;
}

/** One execution of a run's transition on the queue of calls. */
function execute(
  runId: string,
  last: AdvanceResult | null,
  { answer, dies }: How,
): Promise<AdvanceResult> {
  const { collections } = mongo;
  const events = createEventStore(collections, { expiryOf: () => null });
  const settings = {
    ...{ shopCurrency: 'USD', defaultZone: 'UTC' },
    consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
  };
  const never = (): Promise<never> => Promise.reject(new Error('this journey only calls'));
  const world = createRunWorld({
    ...{ events, settings, profiles: createProfileStore(collections) },
    segments: createLiveSegments(collections),
    ...{ send: never, task: never, sendQueue: never, isPaced: () => false },
    call: async () => ({ outcome: await answer() }),
    withdraw: dies === true ? never : createWithdrawMessages({ collections, clock: () => T }),
    receipts: createMessageProgress(collections),
  });
  const advanceRun = createAdvanceRun({
    ...{ runs: createRunStore(collections), events, world },
    versions: createJourneyVersions(collections),
    ...{ clock: () => T, runsKeptMs: null },
  });
  const { state = null, effect = null } = last ?? {};
  const told = last === null ? ({ kind: 'entered' } as const) : ({ kind: 'perform' } as const);
  const input = { runId, journey: runId, seq: last === null ? 1 : 2, state, effect, news: told };
  const { signal } = new AbortController();
  // It begins in the journeys' own worker, which calls nobody.
  const calls = last === null ? {} : { calls: signal };
  return advanceRun(input, 'execution', { via: null, ...calls });
}

/** A run that stands before its call, with a message that no provider has taken yet. */
async function begun(id: string): Promise<AdvanceResult> {
  const { runs, journeys, journeyVersions, profiles, messages } = mongo.collections;
  await profiles.insertOne(newProfile(id, 0, T));
  const published = { journey: id, version: 1, definition: JOURNEY, publishedAt: T };
  await journeyVersions.insertOne({ _id: `${id}@1`, ...published });
  await journeys.insertOne({
    ...{ _id: id, draft: JOURNEY, status: 'live', version: 1, publishedAt: T, revision: 1 },
    ...{ controlled: 0, createdAt: T, updatedAt: T },
  });
  const run: StoredRun = {
    ...{ _id: id, journey: id, version: 1, profileId: id, entryKey: null, partition: 0 },
    entry: { kind: 'api', id, at: T, event: null, properties: {} },
    ...{ enteredAt: T, status: 'running', outcome: null, endedAt: null, path: [] },
    ...{ exits: [], listens: { events: [], receipts: false }, goal: null, conversion: null },
    ...{ temporalRunId: null, latest: null },
  };
  await runs.insertOne(run);
  const message: StoredMessage = {
    ...{ _id: `${id}/before/0/0`, profileId: id, runId: id, journey: id, version: 1 },
    ...{ step: 'before', channel: 'email', provider: null, template: 'letter', language: 'en' },
    ...{ status: 'deferred', reason: null, history: [], providerId: null, attempts: 0 },
    ...{ calledAt: null, addressHash: null, createdAt: T, updatedAt: T },
  };
  await messages.insertOne(message);
  return execute(id, null, { answer: () => Promise.reject(new Error('not yet')) });
}

async function messageOf(id: string): Promise<string | undefined> {
  return (await mongo.collections.messages.findOne({ runId: id }))?.status;
}

describe('an execution of a call', () => {
  it('that another was faster than takes back nothing of the run, which goes on', async () => {
    const stood = await begun('slow');
    let answerSlow: (outcome: CallOutcome) => void = () => undefined;
    const answered = new Promise<CallOutcome>((resolve) => (answerSlow = resolve));
    const slow = execute('slow', stood, { answer: () => answered });
    const fast = await execute('slow', stood, { answer: () => Promise.resolve(GOOD) });
    expect(fast.effect).toMatchObject({ do: 'await' });
    answerSlow(REFUSED);
    expect(await slow).toMatchObject({ effect: fast.effect, state: { step: 'stay' } });
    expect(await messageOf('slow')).toBe('deferred');
  });

  it('that died once the end was written is made good by its repeat', async () => {
    const stood = await begun('died');
    const answer = (): Promise<CallOutcome> => Promise.resolve(REFUSED);
    await expect(execute('died', stood, { answer, dies: true })).rejects.toThrow();
    expect(await messageOf('died')).toBe('deferred');
    expect((await execute('died', stood, { answer })).effect).toMatchObject({ do: 'end' });
    expect(await messageOf('died')).toBe('suppressed');
  });
});
