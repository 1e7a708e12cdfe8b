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

  /** Somebody to whom all that is known has happened by `now` (epoch ms), told in its order. */
  constructor(
    id: string,
    known: Known,
    { now, catalogue }: { now: number; catalogue: SegmentCatalogue },
  ) {
    this.#catalogue = catalogue;
    const { colour, zone, events } = known;
    const attributes = { timezone: zone, ...(colour === null ? {} : { colour }) };
    const told = { name: 'Identified', at: now, n: null };
    const first: Profile | null = null;
    this.profile = this.#take(first, { ...eventOf(id, 0, told), attributes });
    for (const [index, event] of events.entries()) {
      this.profile = this.#take(this.profile, {
        ...eventOf(id, index + 1, event),
        receivedAt: now,
      });
    }
  }

  /** Lets time pass, looking at the profile at the instants it asks for and at no other. */
  until(at: number): void {
    for (;;) {
      const next = this.profile.nextWatchAt;
      if (next === null || next > at) return;
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
