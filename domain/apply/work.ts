import type { FactEvent } from '#domain/condition/fact-event.ts';
import type { Facts } from '#domain/condition/facts.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { hasLiveAddress } from '#domain/profile/dead-addresses.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import { languageOf } from './what-changed.ts';
import type {
  FoldInput,
  FoldSettings,
  Merge,
  NewRun,
  PastEvent,
  Plan,
  PriorRun,
  ReceiptChange,
  Refusal,
} from './plan.ts';

const NO_EVENTS: readonly PastEvent[] = [];

/** The batch while it is folded: every profile as it stands after the events so far. */
export class Work {
  readonly input: FoldInput;
  readonly runs: NewRun[] = [];
  readonly merges: Merge[] = [];
  readonly receipts: ReceiptChange[] = [];
  readonly addressRefusals: Refusal[] = [];
  readonly applied: string[] = [];
  readonly refused: Plan['refused'] = [];
  readonly told: StoredEvent[] = [];
  readonly #profiles = new Map<string, Profile>();
  readonly #orders = new Map<string, Order>();
  readonly #events = new Map<string, Map<string, PastEvent[]>>();
  readonly #priorRuns: PriorRun[];

  constructor(input: FoldInput) {
    this.input = input;
    this.#priorRuns = [...input.priorRuns];
  }

  /** The profile now, following merges of this batch; a new one where nothing is stored yet. */
  profile(id: string, at: number): Profile {
    const found = this.#profiles.get(id) ?? this.input.profiles.get(id);
    if (found === undefined) return newProfile(id, partitionOf(id), at);
    return found.mergedInto === null ? found : this.profile(found.mergedInto, at);
  }

  setProfile(profile: Profile): void {
    this.#profiles.set(profile._id, profile);
  }

  isNew(id: string): boolean {
    return !this.#profiles.has(id) && !this.input.profiles.has(id);
  }

  order(id: string): Order | null {
    return this.#orders.get(id) ?? this.input.orders.get(id) ?? null;
  }

  setOrder(order: Order): void {
    this.#orders.set(order._id, order);
  }

  /** All orders of a profile that were read: those of profiles to be merged are all read. */
  ordersOf(profileId: string): Order[] {
    const all = new Map([...this.input.orders, ...this.#orders]);
    return [...all.values()].filter((order) => order.profileId === profileId);
  }

  dropOrders(profileId: string): void {
    for (const [id, order] of this.#orders)
      if (order.profileId === profileId) this.#orders.delete(id);
  }

  /** Past events of one name, those of this batch included. */
  events(profileId: string, name: string): readonly PastEvent[] {
    const past = this.input.pastEvents.get(profileId)?.get(name) ?? NO_EVENTS;
    const fresh = this.#events.get(profileId)?.get(name);
    return fresh === undefined ? past : [...past, ...fresh];
  }

  remember(profileId: string, name: string, event: PastEvent): void {
    let byName = this.#events.get(profileId);
    if (byName === undefined)
      this.#events.set(profileId, (byName = new Map<string, PastEvent[]>()));
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [event]);
    else list.push(event);
  }

  /** The merged profile's events and runs count for the kept one from now on. */
  move(from: string, to: string): void {
    const past = this.input.pastEvents.get(from) ?? new Map<string, readonly PastEvent[]>();
    for (const [name, events] of [...past, ...(this.#events.get(from) ?? [])]) {
      for (const event of events) this.remember(to, name, event);
    }
    this.#priorRuns.forEach((run, index) => {
      if (run.profileId === from) this.#priorRuns[index] = { ...run, profileId: to };
    });
    for (const run of this.runs) if (run.profileId === from) run.profileId = to;
  }

  priorRuns(journey: string, profileId: string, entryKey: string | null): PriorRun[] {
    return this.#priorRuns.filter(
      (run) => run.journey === journey && run.profileId === profileId && run.entryKey === entryKey,
    );
  }

  /** Every earlier run of a profile that was read. */
  runsOf(profileId: string): PriorRun[] {
    return this.#priorRuns.filter((run) => run.profileId === profileId);
  }

  /** These runs end in favour of an older one; those that this batch began begin only to end. */
  overtake(ids: readonly string[]): void {
    for (const run of this.runs) if (ids.includes(run.id)) run.overtaken = true;
    this.#priorRuns.forEach((run, index) => {
      if (ids.includes(run.id)) this.#priorRuns[index] = { ...run, running: false };
    });
  }

  begin(run: NewRun): void {
    this.runs.push(run);
    const { id, journey, profileId, entryKey, enteredAt } = run;
    this.#priorRuns.push({ id, journey, profileId, entryKey, enteredAt, running: true });
  }

  facts(profile: Profile): Facts {
    return factsOf(profile, (name) => this.events(profile._id, name), this.input.settings);
  }

  plan(): Plan {
    const profiles = [...this.#profiles.values()].map((profile) => {
      const before = this.input.profiles.get(profile._id);
      return { profile, before, expected: before?.revision ?? null };
    });
    return {
      profiles,
      orders: [...this.#orders.values()],
      runs: this.runs,
      merges: this.merges,
      receipts: this.receipts,
      addressRefusals: this.addressRefusals,
      applied: this.applied,
      at: this.input.now,
      refused: this.refused,
      told: this.told,
    };
  }
}

/** A profile as conditions see it. */
export function factsOf(
  profile: Profile,
  events: (name: string) => readonly FactEvent[],
  settings: FoldSettings,
): Facts {
  return {
    zone: profile.zone ?? settings.defaultZone,
    currency: settings.shopCurrency,
    attributes: profile.attributes,
    traits: profile.traits,
    consents: profile.consents,
    ...(profile.preferences && { preferences: profile.preferences.values }),
    consentDefault: (channel) => settings.consentWhenUnknown[channel] === 'allow',
    language: languageOf(profile),
    reachable: (channel) =>
      hasLiveAddress(profile, channel) &&
      (profile.consents[channel]?.granted ?? settings.consentWhenUnknown[channel] === 'allow'),
    events,
    segments: new Set((profile.segments ?? []).map(({ key }) => key)),
  };
}
