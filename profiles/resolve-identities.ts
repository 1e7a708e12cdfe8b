import { DomainError } from '#domain/errors.ts';
import { identityId } from '#domain/profile/identity.ts';
import type { IdentityStore, Slot, AddressKind } from './identity-store.ts';
import type { OwnerCache } from './owner-cache.ts';
import {
  identityIds,
  IdentityPlan,
  type IdentityClaim,
  type Known,
  type Resolution,
} from './plan-identities.ts';

export type { IdentityClaim, Resolution } from './plan-identities.ts';

/**
 * Plans thrown away because another process was faster. Each time, what collided has become known,
 * so that even many writers on one new customer need a few.
 */
const PLANS_MAX = 20;

export interface ResolveDeps {
  store: IdentityStore;
  cache: OwnerCache;
  /** Makes the id of a new profile; sorts by age. */
  newProfileId: (at: number) => string;
}

/**
 * Finds or makes the profile of each call of a request, in order, so that later calls see what
 * earlier ones said. One read when all is known already; what is new costs one more read and one
 * write for the whole request. Two processes that meet the same new person end with one profile.
 * `at` is epoch ms. @throws DomainError `unavailable` when it lost against others too often.
 */
export function createResolveIdentities({ store, cache, newProfileId }: ResolveDeps) {
  return async function resolveIdentities(
    claims: readonly IdentityClaim[],
    at: number,
  ): Promise<Resolution[]> {
    const ids = [...new Set(claims.flatMap(identityIds))];
    const cached = cache.all(ids);
    if (cached !== null && claims.every((claim) => isSettled(claim, cached))) {
      const gone = await erasedAmong(store, claims, { owners: cached, at });
      return claims.map((claim) => (gone.has(claim) ? ERASED : settledOwner(claim, cached)));
    }
    for (let attempt = 0; attempt < PLANS_MAX; attempt += 1) {
      // What others are just writing is looked at only after colliding with it.
      const owners = await store.owners(ids, attempt > 0);
      const gone = await erasedAmong(store, claims, { owners, at });
      const present = claims.filter((claim) => !gone.has(claim));
      const closer = await lookCloser(store, present, owners);
      const plan = new IdentityPlan({ owners, ...closer }, at, () => newProfileId(at));
      const resolutions = claims.map((claim) => (gone.has(claim) ? ERASED : plan.resolve(claim)));
      const { writes, conflicts } = plan;
      if (writes.length > 0 && !(await store.insert(writes))) continue;
      if (conflicts.length > 0) await store.addConflicts(conflicts);
      cache.add(owners);
      return resolutions;
    }
    throw new DomainError('unavailable', 'These customers are being written elsewhere.', {
      retryAfterS: 1,
    });
  };
}

const ERASED: Resolution = { profileId: '', erased: true };

/** What happened so long before it came in, in ms, may have happened before an erasure. */
const LATE_MS = 60_000;

/**
 * The calls that tell what happened before a person was erased. Asked of identities that nobody has
 * now, and of all that a late call names: who was erased may be back, and what was theirs before
 * may not. Where all are known and nothing is late it costs no read.
 */
async function erasedAmong(
  store: IdentityStore,
  claims: readonly IdentityClaim[],
  { owners, at }: { owners: ReadonlyMap<string, string>; at: number },
): Promise<ReadonlySet<IdentityClaim>> {
  const asked = new Set<string>();
  for (const claim of claims) {
    const isLate = at - claim.occurredAt > LATE_MS;
    for (const id of identityIds(claim)) if (isLate || !owners.has(id)) asked.add(id);
  }
  const erased = asked.size === 0 ? new Map<string, number>() : await store.erased([...asked]);
  if (erased.size === 0) return new Set();
  const isGone = (claim: IdentityClaim): boolean =>
    identityIds(claim).some((id) => (erased.get(id) ?? -Infinity) >= claim.occurredAt);
  return new Set(claims.filter(isGone));
}

/** All is known of this call and nothing in dispute, so there is nothing to plan. */
function settledOwner(claim: IdentityClaim, owners: ReadonlyMap<string, string>): Resolution {
  const [id = ''] = identityIds(claim);
  return { profileId: owners.get(id) ?? '' };
}

/** Reads what only calls with something new, or something in dispute, need to know. */
async function lookCloser(
  store: IdentityStore,
  claims: readonly IdentityClaim[],
  owners: ReadonlyMap<string, string>,
): Promise<Omit<Known, 'owners'>> {
  const profileIds = [...new Set(owners.values())];
  const settled = claims.every((claim) => isSettled(claim, owners));
  const fills = claims.some(
    ({ browser, email, phone }) => browser && (email !== undefined || phone !== undefined),
  );
  const spokenFor = claims.flatMap(({ browser, consents, anonymous }) =>
    browser && consents && anonymous !== undefined ? [identityId('anonymous', anonymous)] : [],
  );
  const [slots, apart, addressKinds, unproven] = await Promise.all([
    settled || profileIds.length === 0 ? new Map<string, Slot>() : store.slots(profileIds),
    settled || profileIds.length < 2 ? new Set<string>() : store.apart(profileIds),
    fills && profileIds.length > 0
      ? store.addressKinds(profileIds)
      : new Map<string, Set<AddressKind>>(),
    spokenFor.length > 0 ? store.unproven(spokenFor) : new Set<string>(),
  ]);
  return { slots, apart, addressKinds, unproven };
}

/** All identities of the call are known and belong to one profile, or there is only one. */
function isSettled(claim: IdentityClaim, owners: ReadonlyMap<string, string>): boolean {
  const ids = identityIds(claim);
  // An alias links, and what a public key says of consents depends on how the ids are linked.
  if (claim.previous !== undefined || (claim.browser && claim.consents)) return false;
  if (ids.length === 1) return true;
  const [first, ...others] = ids.map((id) => owners.get(id));
  return first !== undefined && others.every((owner) => owner === first);
}
