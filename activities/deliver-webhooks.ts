import type { StoredEvent } from '#domain/event/event.ts';
import { buildGooglePayload } from '#domain/webhook/ga4-payload.ts';
import { FAILING_MAX_MS, judgeAnswer, type Answer, type Verdict } from '#domain/webhook/retry.ts';
import type { EventStore } from '#events/event-store.ts';
import type { Clock } from '#platform/clock.ts';
import { buildPayload, buildTestPayload, type ToldProfile } from '#webhooks/build-payload.ts';
import type { DeliveryStore, TryResult } from '#webhooks/delivery-store.ts';
import type { EndpointStore } from '#webhooks/endpoint-store.ts';
import { googlePost } from '#webhooks/google-post.ts';
import type { Post, PostWebhook } from '#webhooks/post-webhook.ts';
import { signedHeaders } from '#webhooks/sign-webhook.ts';
import type { DisabledReason, StoredDelivery, StoredEndpoint } from '#webhooks/webhook-document.ts';
import type { DeliverInput, DeliverResult } from '#workflows/contract.ts';
import type { Walk } from './control-journey.ts';

export interface DeliverDeps {
  webhooks: {
    endpoints: EndpointStore;
    deliveries: DeliveryStore;
    post: PostWebhook;
    /** 0 to 1. */
    chance: () => number;
    onTry?: (outcome: Verdict['outcome']) => void;
    onDisabled?: (reason: DisabledReason) => void;
  };
  events: Pick<EventStore, 'byIds'>;
  /** The customer as the API shows them, found through merges; null: erased. */
  tellProfile(id: string): Promise<ToldProfile | null>;
  /** The shop's, ISO 4217: of amounts that say none. */
  currency: string;
  clock: Clock;
}

/** What is sent, or why nothing is. */
type Request = { post: Post } | Pick<TryResult, 'status' | 'reason'>;

/** Deliveries looked at once: bounds what is held, and how late a change of the endpoint is seen. */
const BATCH_MAX = 100;
/** Calls to one endpoint under way at once; of one customer there is never more than one. */
const LANES = 8;
/** After so many failures without a break the receiver is left in peace for a while. */
const FAILURES_IN_A_ROW = 5;
const PEACE_MS = 10_000;
/** Well within the heartbeat timeout of ten seconds. */
const BEAT_MS = 3_000;

/**
 * Tells an endpoint everything that is due, in the order of events as far as none of them fails.
 * Answers when something will be due again; null: nothing waits. Temporal sees to it that there is
 * one execution for each endpoint; where one that was taken for dead still lives, some is told
 * twice, by the same id.
 */
export async function deliverWebhooks(
  deps: DeliverDeps,
  { endpoint: id }: DeliverInput,
  walk: Walk & { isOver: () => boolean },
): Promise<DeliverResult> {
  const { endpoints, deliveries } = deps.webhooks;
  const beat = setInterval(() => {
    walk.heartbeat('');
  }, BEAT_MS);
  try {
    while (!walk.isOver()) {
      const endpoint = await endpoints.find(id);
      if (endpoint?.status !== 'active') return { nextAt: null };
      const batch = await deliveries.due(id, deps.clock(), BATCH_MAX);
      if (batch.length === 0) return { nextAt: await deliveries.nextDue(id) };
      const told = new Telling(deps, endpoint);
      await told.tell(batch, walk.isOver);
      if (told.needsPeace) return { nextAt: deps.clock() + PEACE_MS };
    }
    return { nextAt: deps.clock() };
  } finally {
    clearInterval(beat);
  }
}

/** One batch on its way to one endpoint. */
class Telling {
  readonly #deps: DeliverDeps;
  readonly #endpoint: StoredEndpoint;
  #failures = 0;
  #isOff = false;
  #isFailing: boolean;

  constructor(deps: DeliverDeps, endpoint: StoredEndpoint) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#isFailing = endpoint.failingSince !== null;
  }

  get needsPeace(): boolean {
    return this.#failures >= FAILURES_IN_A_ROW;
  }

  /** Tells in lanes; what is not tried in the end is due still. */
  async tell(batch: readonly StoredDelivery[], isOver: () => boolean): Promise<void> {
    const events = await this.#eventsOf(batch);
    const lanes = lanesOf(batch).map(async (lane) => {
      for (const delivery of lane) {
        if (this.needsPeace || this.#isOff || isOver()) return;
        await this.#tellOne(delivery, events);
      }
    });
    await Promise.all(lanes);
  }

  async #eventsOf(batch: readonly StoredDelivery[]): Promise<Map<string, StoredEvent>> {
    const ids = batch.flatMap(({ eventId }) => eventId ?? []);
    const found = await this.#deps.events.byIds(ids);
    return new Map(found.map((event) => [event._id, event]));
  }

  async #tellOne(
    delivery: StoredDelivery,
    events: ReadonlyMap<string, StoredEvent>,
  ): Promise<void> {
    const { webhooks, clock } = this.#deps;
    const request = await this.#requestOf(delivery, events);
    if (!('post' in request)) {
      await webhooks.deliveries.settle(delivery, { ...request, nextAt: 0, made: null }, clock());
      return;
    }
    const startedAt = clock();
    const answer = await webhooks.post(request.post);
    const tries = delivery.tries + 1;
    const verdict = judgeAnswer(answer, { tries, chance: webhooks.chance() });
    const now = clock();
    await webhooks.deliveries.settle(delivery, resultOf(verdict, answer, { startedAt, now }), now);
    webhooks.onTry?.(verdict.outcome);
    await this.#note(verdict, now);
  }

  async #requestOf(
    delivery: StoredDelivery,
    events: ReadonlyMap<string, StoredEvent>,
  ): Promise<Request> {
    const { eventId, profileId, createdAt } = delivery;
    const endpoint = this.#endpoint;
    if (eventId === null && endpoint.kind !== 'googleAnalytics') {
      return this.#signed(endpoint, delivery, buildTestPayload(createdAt));
    }
    const event = events.get(eventId ?? '');
    if (event === undefined) return { status: 'failed', reason: 'eventGone' };
    const profile = await this.#deps.tellProfile(profileId ?? event.profileId);
    if (profile === null) return { status: 'failed', reason: 'erased' };
    if (endpoint.kind !== 'googleAnalytics') {
      return this.#signed(endpoint, delivery, buildPayload(event, profile, endpoint.include));
    }
    const { clock, currency } = this.#deps;
    const told = { event, customer: profile };
    const built = buildGooglePayload(endpoint, told, { now: clock(), currency });
    if ('skip' in built) return { status: 'skipped', reason: built.skip };
    return { post: googlePost(endpoint, 'collect', built.body) };
  }

  #signed({ url, secrets }: StoredEndpoint, { _id: id }: StoredDelivery, body: string): Request {
    const at = this.#deps.clock();
    const inForce = secrets.filter(({ until }) => until === null || until > at);
    const headers = signedHeaders(
      inForce.map(({ secret }) => secret),
      { id, at, body },
    );
    return { post: { url, headers, body } };
  }

  async #note({ outcome }: Verdict, now: number): Promise<void> {
    const { endpoints } = this.#deps.webhooks;
    const { _id: id, failingSince } = this.#endpoint;
    if (outcome === 'delivered') {
      this.#failures = 0;
      if (this.#isFailing) await endpoints.noteTaken(id);
      this.#isFailing = false;
      return;
    }
    this.#failures += 1;
    const hasFailedLong = this.#isFailing && now - (failingSince ?? now) >= FAILING_MAX_MS;
    if (outcome === 'gone') await this.#switchOff('gone', now);
    else if (hasFailedLong) await this.#switchOff('failing', now);
    else if (!this.#isFailing) await endpoints.noteRefused(id, now);
    this.#isFailing = true;
  }

  async #switchOff(reason: DisabledReason, now: number): Promise<void> {
    this.#isOff = true;
    const { endpoints, onDisabled } = this.#deps.webhooks;
    if (await endpoints.disable(this.#endpoint._id, reason, now)) onDisabled?.(reason);
  }
}

function resultOf(
  verdict: Verdict,
  { status, fault }: Answer,
  { startedAt, now }: { startedAt: number; now: number },
): TryResult {
  const made = { at: startedAt, status, fault, ms: now - startedAt };
  switch (verdict.outcome) {
    case 'delivered':
      return { status: 'delivered', reason: null, nextAt: 0, made };
    case 'retry':
      return { status: 'pending', reason: null, nextAt: now + verdict.afterMs, made };
    case 'gone':
      return { status: 'failed', reason: 'gone', nextAt: 0, made };
    case 'failed':
      return { status: 'failed', reason: 'triesOver', nextAt: 0, made };
  }
}

/** Everything of one customer in one lane, in order. */
function lanesOf(batch: readonly StoredDelivery[]): StoredDelivery[][] {
  const lanes = Array.from({ length: LANES }, (): StoredDelivery[] => []);
  const laneOf = new Map<string, number>();
  let next = 0;
  for (const delivery of batch) {
    const whose = delivery.profileId ?? delivery._id;
    const lane = laneOf.get(whose) ?? next++ % LANES;
    laneOf.set(whose, lane);
    lanes[lane]?.push(delivery);
  }
  return lanes;
}
