import { foldBatch, foldDue } from '#domain/apply/fold-batch.ts';
import type { FoldInput, Merge, PastEvent, Plan } from '#domain/apply/plan.ts';
import type { StoredEvent } from '#domain/event/event.ts';
import { partitionOf } from '#domain/profile/identity.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';
import type { Checkpoint } from '#domain/reconcile/history.ts';
import type { Light } from '#domain/reconcile/replay-history.ts';
import type { StoredConflict, StoredIdentity } from '#platform/identity-documents.ts';
import { apartKey, MERGED } from '#profiles/identity-store.ts';
import { IdentityPlan, type Resolution } from '#profiles/plan-identities.ts';
import { foldUndo, type Parting } from '#domain/merge/fold-undo.ts';
import { MERGE_UNDONE, PROFILES_MERGED } from '#domain/merge/merge-events.ts';
import { CATALOGUE } from './merging-segments.ts';
import { claimOf, contentOf, START, type Said } from './merging-said.ts';
import { partIdentities, slotsOf } from './part-identities.ts';

export type { Said } from './merging-said.ts';

const SETTINGS = { shopCurrency: 'USD', defaultZone: 'UTC', consentWhenUnknown: {} };

/** All events and merges that stand, and by whose light to look at them. */
export interface Past {
  events: readonly StoredEvent[];
  merges: readonly Merge[];
  /** Epoch ms. */
  begunAt: number;
  light: Light;
}

type Carried = Merge & { ours: StoredIdentity[]; theirs: StoredIdentity[]; held: string[] };

/** The stores in memory: identities are resolved and events folded by the product's own code. */
export class MergingWorld {
  readonly profiles = new Map<string, Profile>();
  readonly orders = new Map<string, Order>();
  readonly identities = new Map<string, StoredIdentity>();
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly conflicts: StoredConflict[] = [];
  readonly events: StoredEvent[] = [];
  /** Pairs of profiles that were parted, which no call makes one again. */
  readonly apart = new Set<string>();
  readonly #merges: Carried[] = [];
  #queue: StoredEvent[] = [];
  #now = START;
  #made = 0;

  /** A call is accepted; it is applied later. `name` tells it from every other. */
  accept(said: Said, name: string): void {
    const plan = this.#plan();
    const resolved = plan.resolve(claimOf(said, name));
    for (const write of plan.writes) {
      if (!this.identities.has(write._id)) this.identities.set(write._id, write);
    }
    this.conflicts.push(...plan.conflicts);
    this.take(said, name, resolved);
  }

  /** A call whose customer was found is stored; it is applied later. */
  take(said: Said, name: string, { profileId, merges }: Resolution): void {
    this.#enqueue({
      ...this.#event(profileId, name, 'server'),
      ...(merges === undefined ? {} : { merges }),
      ...contentOf(said),
    });
  }

  /** Somebody asks for a merge by two identities; applied later. */
  merge(keep: string, merge: string): void {
    const [into, from] = [keep, merge].map((id) => this.live(this.ownerOf(id)));
    if (!this.identities.has(keep) || !this.identities.has(merge)) return;
    if (into === undefined || from === undefined || into === from) return;
    this.#enqueue({
      ...this.#event(into, `merge-${String(this.events.length)}-${into}`, 'admin'),
      name: PROFILES_MERGED,
      merges: [from],
      by: [keep],
    });
  }

  applyNext(): void {
    const [event, ...others] = this.#queue;
    if (event === undefined) return;
    this.#queue = others;
    event.profileId = this.live(event.profileId);
    // Nothing is folded twice by the same instant.
    this.#now += 1;
    this.#save(foldBatch({ ...this.#input(), events: [event] }));
    Object.assign(event, { state: 'applied', appliedAt: this.#now });
    this.events.push(event);
  }

  applyAll(): void {
    while (this.waits) this.applyNext();
  }

  /** Epoch ms. */
  get now(): number {
    return this.#now;
  }

  /** Whether something is accepted and not applied. */
  get waits(): boolean {
    return this.#queue.length > 0;
  }

  /** Lets time pass, looking at profiles at the instants they ask for and at no other. Epoch ms. */
  until(at: number): void {
    for (;;) {
      const due = [...this.profiles.values()].filter(
        ({ nextWatchAt }) => nextWatchAt !== null && nextWatchAt <= at,
      );
      if (due.length === 0) break;
      this.#now = Math.max(this.#now, Math.min(...due.map((one) => one.nextWatchAt ?? at)));
      const ids = due
        .filter(({ nextWatchAt }) => (nextWatchAt ?? at) <= this.#now)
        .map(({ _id }) => _id);
      this.#save(foldDue(this.#input(), ids));
    }
    this.#now = Math.max(this.#now, at);
  }

  /** Undoes the latest merge there is. */
  undoLatest(): void {
    this.#undo(this.#merges.length - 1);
  }

  /** Undoes the merge that an event brought about, whatever was merged since. */
  undoOf(eventName: string): void {
    this.#undo(this.#merges.findIndex(({ eventId }) => eventId.startsWith(eventName)));
  }

  #undo(index: number): void {
    const [merge] = index < 0 ? [] : this.#merges.splice(index, 1);
    if (merge === undefined) return;
    const event = {
      ...this.#event(merge.kept, MERGE_UNDONE, 'admin'),
      merges: [],
      undoes: merge.id,
    };
    const since = this.#merges.slice(index).filter(({ kept }) => kept === merge.kept);
    const record = {
      ...merge,
      identities: merge.theirs,
      keptIdentities: merge.ours.map(({ _id }) => _id),
      carried: since.map((one) => ({
        ...one,
        orders: one.orders.filter(({ profileId }) => profileId === one.merged),
        identities: one.theirs,
      })),
    };
    const later = this.events.filter(
      ({ _id, profileId, moved }) =>
        profileId === merge.kept && !merge.held.includes(_id) && moved?.includes(merge.id) !== true,
    );
    const moved = new Map(this.events.map(({ _id, moved: by = [] }) => [_id, by]));
    this.#now += 1;
    const undoing = {
      event,
      merge: record,
      later,
      movedMessages: new Map<string, string>(),
      moved,
    };
    const { plan, parting } = foldUndo(this.#input(), undoing);
    this.#save(plan);
    this.#moveApart(merge, parting);
    for (const profile of parting.profiles) {
      const orders = parting.orders.filter(({ profileId }) => profileId === profile._id);
      const at = this.#now;
      this.checkpoints.set(profile._id, { at, takenAt: at, profile, orders });
    }
  }

  /** What happened so far, for whoever goes through it again at a later instant. */
  goThrough(): Past {
    this.#now += 1;
    const light = { segments: CATALOGUE, settings: SETTINGS, now: this.#now };
    return { events: this.events, merges: this.#merges, begunAt: START, light };
  }

  ownerOf(identity: string): string {
    return this.identities.get(identity)?.profileId ?? identity;
  }

  /** The profile that one leads to by the merges that were applied. */
  live(id: string): string {
    const into = this.profiles.get(id)?.mergedInto ?? null;
    return into === null ? id : this.live(into);
  }

  newProfileId(): string {
    this.#made += 1;
    return `p${String(this.#made).padStart(3, '0')}`;
  }

  #plan(): IdentityPlan {
    const owners = new Map([...this.identities].map(([id, { profileId }]) => [id, profileId]));
    const { apart } = this;
    const known = { owners, slots: slotsOf(this.identities), apart, unproven: new Set<string>() };
    return new IdentityPlan({ ...known, addressKinds: new Map() }, this.#now, () =>
      this.newProfileId(),
    );
  }

  #event(profileId: string, id: string, source: StoredEvent['source']): StoredEvent {
    const place = {
      profileId,
      partition: partitionOf(profileId),
      kind: 'track',
      place: 0,
    } as const;
    const when = { occurredAt: this.#now, receivedAt: this.#now };
    return { _id: id, ...place, ...when, name: 'Seen', source, properties: {}, state: 'accepted' };
  }

  #enqueue(event: StoredEvent): void {
    this.#now += 1_000;
    this.#queue.push({ ...event, receivedAt: this.#now });
  }

  #input(): FoldInput {
    const pastEvents = new Map<string, Map<string, PastEvent[]>>();
    for (const { _id: id, profileId, name, occurredAt, properties } of this.events) {
      const byName = pastEvents.get(profileId) ?? new Map<string, PastEvent[]>();
      pastEvents.set(profileId, byName);
      byName.set(name, [...(byName.get(name) ?? []), { id, occurredAt, properties }]);
    }
    const read = { profiles: new Map(this.profiles), orders: new Map(this.orders), pastEvents };
    const rest = { priorRuns: [], journeys: [], segments: CATALOGUE, settings: SETTINGS };
    return { events: [], ...read, ...rest, now: this.#now };
  }

  #save({ profiles, orders, merges }: Plan): void {
    for (const { profile, expected } of profiles) {
      this.profiles.set(profile._id, { ...profile, revision: (expected ?? 0) + 1 });
    }
    for (const order of orders) this.orders.set(order._id, order);
    for (const merge of merges) this.#moveToKept(merge);
  }

  #moveToKept(merge: Merge): void {
    const { id, kept, merged } = merge;
    const held = this.events.filter(({ profileId }) => profileId === kept);
    const of = (owner: string): StoredIdentity[] =>
      [...this.identities.values()].filter(({ profileId }) => profileId === owner);
    const [ours, theirs] = [of(kept), of(merged)];
    const hasOwn = ours.some(({ externalOf }) => externalOf === kept);
    for (const { externalOf, ...identity } of theirs) {
      const own = externalOf === merged ? (hasOwn ? undefined : kept) : externalOf;
      const moved = { ...identity, profileId: kept };
      this.identities.set(identity._id, own === undefined ? moved : { ...moved, externalOf: own });
    }
    for (const [key, { profileId }] of this.orders)
      if (profileId === merged) this.orders.delete(key);
    for (const event of this.events) {
      if (event.profileId !== merged) continue;
      event.profileId = kept;
      event.moved = [...(event.moved ?? []), id];
    }
    for (const event of this.#queue) if (event.profileId === merged) event.profileId = kept;
    this.#merges.push({ ...merge, ours, theirs, held: held.map(({ _id }) => _id) });
  }

  #moveApart({ id, kept, merged, theirs }: Carried, parting: Parting): void {
    partIdentities(this.identities, theirs, parting);
    for (const one of parting.carried) this.#carryOver(one, kept);
    for (const [key, { profileId }] of this.orders) {
      if (profileId === kept || profileId === merged) this.orders.delete(key);
    }
    for (const order of parting.orders) this.orders.set(order._id, order);
    for (const event of this.events) {
      if (event.moved?.includes(id)) {
        event.profileId = merged;
        event.moved = event.moved.filter((one) => one !== id);
      } else if (parting.events.includes(event._id)) event.profileId = merged;
    }
    this.apart.add(apartKey(kept, merged));
  }

  #carryOver(
    { id, merged, kept, keptIdentities, ...rest }: Parting['carried'][number],
    from: string,
  ): void {
    const merge = this.#merges.find((one) => one.id === id);
    if (merge === undefined) throw new Error('a merge that stands is not known');
    const ours = keptIdentities.flatMap((one) => this.identities.get(one) ?? []);
    Object.assign(merge, { kept, ours, keptSnapshot: rest.keptSnapshot, orders: rest.orders });
    if (kept === from) return;
    for (const event of this.events) if (event.moved?.includes(id)) event.profileId = kept;
    const [profile, slot] = [this.profiles.get(merged), this.identities.get(`${MERGED}${merged}`)];
    if (profile) this.profiles.set(merged, { ...profile, mergedInto: kept });
    if (slot) this.identities.set(slot._id, { ...slot, profileId: kept });
  }
}
