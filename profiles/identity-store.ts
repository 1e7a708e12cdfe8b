import type { StoredConflict, StoredIdentity } from '#platform/identity-documents.ts';
import { erasedRef } from '#platform/hash.ts';
import { isDuplicateKey } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

/**
 * Who speaks for a profile: a customer id of its own, or a profile it is being merged into. There
 * is one slot a profile, kept by the unique index on `externalOf`.
 */
export type Slot = { by: 'external' } | { by: 'merged'; into: string };

export type AddressKind = 'email' | 'phone';

export interface IdentityStore {
  /**
   * Identity id -> profile id, for those that exist: on a majority, so that the answer may be
   * kept for a while; with `latest`, also those that somebody is just writing.
   */
  owners(ids: readonly string[], latest: boolean): Promise<Map<string, string>>;
  /** Those of these identities that only a public key has said to be a known customer's. */
  unproven(ids: readonly string[]): Promise<Set<string>>;
  /** Taken slots of these profiles and of those they lead to. */
  slots(profileIds: readonly string[]): Promise<Map<string, Slot>>;
  /** Pairs of these profiles that somebody has told apart, as `apartKey` writes them. */
  apart(profileIds: readonly string[]): Promise<Set<string>>;
  /** Which kinds of address each profile has, as identity or attribute. */
  addressKinds(profileIds: readonly string[]): Promise<Map<string, Set<AddressKind>>>;
  /** When somebody was erased who had these, epoch ms, for those of whom that is so. */
  erased(ids: readonly string[]): Promise<Map<string, number>>;
  /** Inserts in order until one collides; false when one did. */
  insert(identities: readonly StoredIdentity[]): Promise<boolean>;
  addConflicts(conflicts: readonly StoredConflict[]): Promise<void>;
}

/** Begins the id of a profile's `merged`, which is no address. */
export const MERGED = 'merged:';

/** Merges lead on to other merges only while several are under way at once. */
export const SLOT_HOPS_MAX = 8;

/**
 * These reads see what is written but not yet on a majority: whoever acts on it writes later on the same
 * primary, so a rollback takes both.
 */
const LATEST = { readConcern: { level: 'local' } } as const;

export function createIdentityStore(
  c: Pick<Collections, 'identities' | 'conflicts' | 'profiles' | 'merges' | 'erased'>,
): IdentityStore {
  return {
    async owners(ids, latest) {
      const rows = await c.identities
        .find({ _id: { $in: [...ids] } }, latest ? LATEST : {})
        .project<{ _id: string; profileId: string }>({ profileId: 1 })
        .toArray();
      return new Map(rows.map((row) => [row._id, row.profileId]));
    },
    async unproven(ids) {
      const rows = await c.identities
        .find({ _id: { $in: [...ids] }, unproven: true }, LATEST)
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return new Set(rows.map(({ _id }) => _id));
    },
    slots: (profileIds) => readSlots(c, profileIds),
    async apart(profileIds) {
      const either = { $in: [...profileIds] };
      const rows = await c.merges
        .find({ kept: either, merged: either, undone: { $exists: true } }, LATEST)
        .project<{ kept: string; merged: string }>({ kept: 1, merged: 1 })
        .toArray();
      return new Set(rows.map(({ kept, merged }) => apartKey(kept, merged)));
    },
    addressKinds: (profileIds) => readAddressKinds(c, profileIds),
    async erased(ids) {
      const named = new Map(ids.map((id) => [erasedRef(id), id]));
      const found = await c.erased.find({ _id: { $in: [...named.keys()] } }).toArray();
      return new Map(found.map(({ _id, at }) => [named.get(_id) ?? '', at]));
    },
    async insert(identities) {
      try {
        await c.identities.insertMany([...identities], { ordered: true });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async addConflicts(conflicts) {
      try {
        await c.conflicts.insertMany([...conflicts], { ordered: false });
      } catch (error) {
        // The same conflict is said again with each call of that customer.
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}

/** Two profiles, in whichever order they are named. */
export function apartKey(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}

async function readSlots(
  { identities }: Pick<Collections, 'identities'>,
  profileIds: readonly string[],
): Promise<Map<string, Slot>> {
  const slots = new Map<string, Slot>();
  let open = [...profileIds];
  for (let hop = 0; hop < SLOT_HOPS_MAX && open.length > 0; hop += 1) {
    const mergedIds = open.map((id) => `${MERGED}${id}`);
    const taken = { $or: [{ externalOf: { $in: open } }, { _id: { $in: mergedIds } }] };
    const next = new Set<string>();
    for (const { _id, externalOf, kind, profileId } of await identities
      .find(taken, LATEST)
      .toArray()) {
      if (kind === 'merged') {
        slots.set(_id.slice(MERGED.length), { by: 'merged', into: profileId });
        if (!slots.has(profileId)) next.add(profileId);
      } else if (externalOf !== undefined) slots.set(externalOf, { by: 'external' });
    }
    open = [...next];
  }
  return slots;
}

async function readAddressKinds(
  c: Pick<Collections, 'identities' | 'profiles'>,
  profileIds: readonly string[],
): Promise<Map<string, Set<AddressKind>>> {
  const ids = [...profileIds];
  const kinds = new Map(ids.map((id) => [id, new Set<AddressKind>()]));
  const [identities, profiles] = await Promise.all([
    c.identities
      .find({ profileId: { $in: ids }, kind: { $in: ['email', 'phone'] } }, LATEST)
      .toArray(),
    c.profiles
      .find({ _id: { $in: ids } }, LATEST)
      .project<{ _id: string; attributes?: { email?: unknown; phone?: unknown } }>({
        'attributes.email': 1,
        'attributes.phone': 1,
      })
      .toArray(),
  ]);
  for (const { profileId, kind } of identities) {
    if (kind === 'email' || kind === 'phone') kinds.get(profileId)?.add(kind);
  }
  for (const { _id, attributes } of profiles) {
    if (typeof attributes?.email === 'string') kinds.get(_id)?.add('email');
    if (typeof attributes?.phone === 'string') kinds.get(_id)?.add('phone');
  }
  return kinds;
}
