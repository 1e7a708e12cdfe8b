import { NO_SEGMENTS } from '#domain/segment/catalogue.ts';
import { RUN_REQUESTED } from '#domain/apply/enter.ts';
import { foldBatch } from '#domain/apply/fold-batch.ts';
import type { LiveJourney } from '#domain/apply/live-journey.ts';
import type { FoldSettings, NewRun, PastEvent, Plan, PriorRun } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { parseCall, type TrackedCall } from '#domain/event/tracking.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { CustomerRecord, Said } from '#chaos/journal.ts';
import type { Sight } from '#chaos/shop/customer.ts';
import { JOURNEYS } from '#chaos/shop/journeys.ts';

export const SETTINGS: FoldSettings = {
  shopCurrency: 'USD',
  defaultZone: 'UTC',
  consentWhenUnknown: CONSENT_WHEN_UNKNOWN,
};

/** The chaos journeys as the engine reads them. */
export const LIVE: readonly LiveJourney[] = JOURNEYS.map((written) => {
  const parsed = parseJourney(written);
  if (!parsed.ok) throw new Error(`the journey ${written.key} is not valid`);
  const { journey: definition } = parsed;
  return { key: written.key, version: 1, status: 'live', publishedAt: 0, definition };
});

/** One event as it was sent, in the order of sending. */
export interface Told {
  event: StoredEvent;
  saw: Sight | null;
  answered: boolean;
}

/** A run that must exist. */
export interface DueRun {
  run: NewRun;
  /** Index of the entering event among those told. */
  place: number;
  /** Which of the customer's runs of its journey, from 1. */
  nth: number;
}

/** What the engine alone makes of everything one customer said. */
export interface Folded {
  told: Told[];
  /** The customer at the end; null when nothing was said. */
  profile: Profile | null;
  /** What the profile is to be found by. */
  identities: string[];
  runs: DueRun[];
}

/**
 * Folds a customer's events one by one with the product's pure engine. The load generator waits for
 * each answer before the next call, so that the order of sending is the order of acceptance. Calls
 * are told whose they are by the rules of docs/identity.md, as far as the stories need them.
 */
export function foldCustomer(record: CustomerRecord): Folded {
  const fold = new CustomerFold(record);
  for (const said of record.said) fold.tell(said);
  return fold.result();
}

class CustomerFold {
  readonly #record: CustomerRecord;
  readonly #told: Told[] = [];
  readonly #runs: DueRun[] = [];
  readonly #identities = new Set<string>();
  readonly #profiles = new Map<string, Profile>();
  readonly #orders = new Map<string, Order>();
  readonly #past = new Map<string, Map<string, PastEvent[]>>();
  #prior: PriorRun[] = [];
  #known: string | undefined;
  #guest: string | undefined;

  constructor(record: CustomerRecord) {
    this.#record = record;
  }

  tell({ what, answered }: Said): void {
    if (what.kind === 'calls') {
      this.#endSeen(what.saw);
      for (const call of what.calls) {
        const parsed = parseCall(call, { receivedAt: what.at, newId: () => 'none' });
        if (!parsed.ok) throw new Error('the journal holds a call that is none');
        this.#fold(this.#eventOf(parsed.call, what.at), what.saw, answered);
      }
      return;
    }
    const { journey, key, at } = what;
    const _id = `request-${journey}-${key}`;
    // The Idempotency-Key makes the second request the first one again.
    if (this.#told.some(({ event }) => event._id === _id)) return;
    const properties = { journey, key, properties: { name: 'a present' } };
    const profileId = (this.#known ??= this.#newId('known'));
    const event = { _id, profileId, kind: 'track', name: RUN_REQUESTED, properties } as const;
    this.#fold({ ...common(at), ...event, occurredAt: at, source: 'admin' }, null, answered);
  }

  result(): Folded {
    const id = this.#known ?? this.#guest;
    return {
      told: this.#told,
      profile: (id === undefined ? undefined : this.#profiles.get(id)) ?? null,
      identities: [...this.#identities],
      runs: this.#runs,
    };
  }

  #newId(part: string): string {
    return `${part}-of-${this.#record.customer.id}`;
  }

  /** Whose call it is; a call with both names links the nameless browser to the customer. */
  #ownerOf(call: TrackedCall): { profileId: string; merges?: string[] } {
    const guest = call.anonymousId ?? call.previousId;
    this.#note({ external: call.userId, anonymous: guest, ...call.attributes });
    if (call.userId === undefined) return { profileId: (this.#guest ??= this.#newId('guest')) };
    this.#known ??= (guest === undefined ? undefined : this.#guest) ?? this.#newId('known');
    const profileId = this.#known;
    if (guest === undefined) return { profileId };
    const other = this.#guest;
    this.#guest = profileId;
    return other === undefined || other === profileId
      ? { profileId }
      : { profileId, merges: [other] };
  }

  #note(said: Record<string, unknown>): void {
    for (const kind of ['external', 'anonymous', 'email', 'phone']) {
      const value = said[kind];
      if (typeof value === 'string') this.#identities.add(`${kind}:${value}`);
    }
  }

  #eventOf(call: TrackedCall, at: number): StoredEvent {
    const { messageId: _id, kind, name, occurredAt, properties } = call;
    const { attributes, context, consents, deviceToken } = call;
    return {
      ...common(at),
      _id,
      ...this.#ownerOf(call),
      kind,
      name,
      occurredAt,
      properties,
      source: 'server',
      ...(attributes === undefined ? {} : { attributes }),
      ...(context === undefined ? {} : { context }),
      ...(consents === undefined ? {} : { consents }),
      ...(deviceToken === undefined ? {} : { deviceToken }),
    };
  }

  #fold(event: StoredEvent, saw: Sight | null, answered: boolean): void {
    const place = this.#told.push({ event, saw, answered }) - 1;
    const plan = foldBatch({
      events: [event],
      profiles: this.#profiles,
      orders: this.#orders,
      pastEvents: this.#past,
      priorRuns: this.#prior,
      journeys: LIVE,
      segments: NO_SEGMENTS,
      settings: SETTINGS,
      now: event.receivedAt,
    });
    this.#write(plan);
    this.#remember(event);
    for (const run of plan.runs) {
      const nth = this.#runs.filter((due) => due.run.journey === run.journey).length + 1;
      this.#runs.push({ run, place, nth });
      const { id, journey, profileId, entryKey, enteredAt } = run;
      this.#prior.push({ id, journey, profileId, entryKey, enteredAt, running: true });
    }
  }

  #write({ profiles, orders, merges }: Plan): void {
    for (const { profile } of profiles) this.#profiles.set(profile._id, profile);
    for (const { merged, kept } of merges) {
      for (const [id, order] of this.#orders) {
        if (order.profileId === merged) this.#orders.delete(id);
      }
      for (const [name, events] of this.#past.get(merged) ?? []) {
        for (const event of events) this.#put(kept, name, event);
      }
      this.#past.delete(merged);
      this.#prior = this.#prior.map((run) =>
        run.profileId === merged ? { ...run, profileId: kept } : run,
      );
    }
    for (const order of orders) this.#orders.set(order._id, order);
  }

  #remember({ _id: id, profileId, name, occurredAt, properties }: StoredEvent): void {
    this.#put(profileId, name, { id, occurredAt, properties });
  }

  #put(profileId: string, name: string, event: PastEvent): void {
    const ofPerson = this.#past.get(profileId) ?? new Map<string, PastEvent[]>();
    this.#past.set(profileId, ofPerson);
    ofPerson.set(name, [...(ofPerson.get(name) ?? []), event]);
  }

  /** A run that the customer saw ended lets them in again. */
  #endSeen(saw: Sight | null): void {
    if (saw?.what !== 'ended') return;
    const seen = this.#runs.find(({ run, nth }) => run.journey === saw.journey && nth === saw.nth);
    this.#prior = this.#prior.map((run) =>
      run.id === seen?.run.id ? { ...run, running: false } : run,
    );
  }
}

function common(at: number) {
  return { partition: 0, receivedAt: at, place: 0, state: 'accepted' } as const;
}
