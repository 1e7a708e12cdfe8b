import { foldBatch, foldDue } from '#domain/apply/fold-batch.ts';
import type { FoldInput, Plan } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import type { Happened, Known } from '#domain/condition/naive-scan.example.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { SegmentCatalogue } from '#domain/segment/catalogue.ts';

export const SETTINGS = { shopCurrency: 'EUR', defaultZone: 'UTC', consentWhenUnknown: {} };

/** One customer whose segments are kept by the fold alone, of whom the past is never read again. */
export class KeptCustomer {
  profile: Profile;
  readonly #catalogue: SegmentCatalogue;
  /** What is yet to be told, in the order in which it is. */
  readonly #ahead: StoredEvent[];

  /**
   * Somebody known from an instant on (epoch ms): what happened before is told then, in the order
   * given, and the rest as it happens.
   */
  constructor(
    id: string,
    { colour, day, zone, events }: Known,
    { from, catalogue }: { from: number; catalogue: SegmentCatalogue },
  ) {
    this.#catalogue = catalogue;
    const attributes = {
      timezone: zone,
      ...(colour === null ? {} : { colour }),
      ...(day === null ? {} : { day }),
    };
    const told = { name: 'Identified', at: from, n: null };
    this.profile = this.#take(null, { ...eventOf(id, 0, told), attributes });
    this.#ahead = events
      .map((event, index) => ({
        ...eventOf(id, index + 1, event),
        receivedAt: Math.max(event.at, from),
      }))
      .sort((one, other) => one.receivedAt - other.receivedAt);
  }

  /** Lets time pass: what happens by then is told. */
  until(at: number): void {
    for (let next = this.#ahead[0]; next !== undefined; next = this.#ahead[0]) {
      if (next.receivedAt > at) break;
      this.#wait(next.receivedAt);
      this.profile = this.#take(this.profile, next);
      this.#ahead.shift();
    }
    this.#wait(at);
  }

  /** Looks at the profile at the instants it asks for and at no other. */
  #wait(until: number): void {
    for (;;) {
      const next = this.profile.nextWatchAt;
      if (next === null || next > until) return;
      this.profile = savedOf(foldDue(this.#input(this.profile, next, []), [this.profile._id]));
    }
  }

  #take(profile: Profile | null, event: StoredEvent): Profile {
    return savedOf(foldBatch(this.#input(profile, event.receivedAt, [event])));
  }

  #input(profile: Profile | null, now: number, events: StoredEvent[]): FoldInput {
    return {
      ...{
        events,
        now,
        settings: SETTINGS,
        segments: this.#catalogue,
        journeys: [],
        priorRuns: [],
      },
      profiles: new Map(profile === null ? [] : [[profile._id, profile]]),
      ...{ orders: new Map(), pastEvents: new Map() },
    };
  }
}

function savedOf({ profiles: [saved] }: Plan): Profile {
  if (saved === undefined) throw new Error('nothing was saved');
  return { ...saved.profile, revision: (saved.expected ?? 0) + 1 };
}

function eventOf(profileId: string, index: number, { name, at, n }: Happened): StoredEvent {
  const place = { profileId, partition: partitionOf(profileId), place: index };
  const when = { occurredAt: at, receivedAt: at };
  const said = { kind: 'track', source: 'server', state: 'accepted' } as const;
  return {
    _id: `${profileId}-${String(index)}`,
    ...place,
    ...when,
    ...said,
    name,
    properties: { n },
  };
}
