import { identityId } from '#domain/profile/identity.ts';
import { shortHash } from '#domain/short-hash.ts';
import type { StoredConflict, StoredIdentity } from '#platform/identity-documents.ts';
import { apartKey, MERGED, SLOT_HOPS_MAX, type AddressKind, type Slot } from './identity-store.ts';

/** What one call says about who the person is; addresses are already in their one form. */
export interface IdentityClaim {
  external?: string;
  anonymous?: string;
  /** Of alias: an earlier id, anonymous or external. */
  previous?: string;
  email?: string;
  phone?: string;
  /** Said with a public key: may link a device, never change who owns an address. */
  browser: boolean;
  /** The call gives or takes consents. */
  consents: boolean;
  eventId: string;
  /** Epoch ms. */
  occurredAt: number;
}

/** Whose event it is. */
export interface Resolution {
  profileId: string;
  /** Profiles that are the same person and are to be merged into `profileId`. */
  merges?: string[];
  /** Parts of the call that a public key may not say about this person. */
  refused?: (AddressKind | 'consents')[];
  /** It happened before this person was erased: nothing is planned for it. */
  erased?: true;
}

/** What is stored about the identities of a request. */
export interface Known {
  owners: Map<string, string>;
  slots: Map<string, Slot>;
  /** Pairs of profiles whose merge was undone: no call makes them one again. */
  apart: ReadonlySet<string>;
  /** Identities that only a public key has said to be a known customer's. */
  unproven: Set<string>;
  addressKinds: Map<string, Set<AddressKind>>;
}

interface Link {
  id: string;
  bond: Bond;
  /** A public key says it of a customer who was known before. */
  unproven: boolean;
  profileId: string;
  eventId: string;
  merges: Set<string>;
}

/** How an identity of a call relates to the person the call is about. */
type Bond = 'device' | 'address' | 'alias';

/**
 * Decides, call by call, whose events these are and what to write so that it stays so
 * (docs/identity.md has the rules as a table). Pure but for `newId`: a plan that collides with
 * another process' is thrown away and made again from what is then stored.
 */
export class IdentityPlan {
  readonly #known: Known;
  readonly #at: number;
  readonly #newId: () => string;
  readonly #first: StoredIdentity[] = [];
  readonly #fenced: StoredIdentity[] = [];
  readonly #rest: StoredIdentity[] = [];
  readonly conflicts: StoredConflict[] = [];

  constructor(known: Known, at: number, newId: () => string) {
    this.#known = known;
    this.#at = at;
    this.#newId = newId;
  }

  /** In the order they must be inserted: what makes a profile, what speaks for one, the others. */
  get writes(): StoredIdentity[] {
    return [...this.#first, ...this.#fenced, ...this.#rest];
  }

  resolve(claim: IdentityClaim): Resolution {
    const external = idOf('external', claim.external);
    const anonymous = idOf('anonymous', claim.anonymous);
    const previous = this.#previous(claim);
    const addresses = claim.browser ? [] : addressIds(claim);
    const before = external === undefined ? undefined : this.#known.owners.get(external);
    const others = [previous, anonymous, ...addresses].filter((id) => id !== undefined);
    const customer = before ?? (external === undefined ? this.#customer(others) : undefined);
    if (customer !== undefined && this.#mayNotConsent(claim, customer, anonymous)) {
      return { profileId: customer, refused: ['consents'] };
    }
    const profileId =
      customer ??
      (external === undefined ? this.#unnamed(others) : this.#newcomer(external, others, previous));
    const merges = new Set<string>();
    const join = (id: string | undefined, bond: Bond): void => {
      const unproven = claim.browser && before !== undefined;
      const { eventId } = claim;
      if (id !== undefined) this.#join({ id, bond, unproven, profileId, eventId, merges });
    };
    join(previous, 'alias');
    join(anonymous, 'device');
    for (const address of addresses) join(address, 'address');
    const refused = this.#fromBrowser(claim, profileId);
    return {
      profileId,
      ...(merges.size > 0 ? { merges: [...merges] } : {}),
      ...(refused.length > 0 ? { refused } : {}),
    };
  }

  /**
   * A public key may speak for a known person only from a device that is theirs already, and not
   * because a public key said so.
   */
  #mayNotConsent(claim: IdentityClaim, owner: string, anonymous: string | undefined): boolean {
    if (!claim.browser || !claim.consents) return false;
    if (anonymous === undefined || this.#known.unproven.has(anonymous)) return true;
    return this.#known.owners.get(anonymous) !== owner;
  }

  #previous({ previous, browser }: IdentityClaim): string | undefined {
    if (previous === undefined) return undefined;
    const external = identityId('external', previous);
    if (!browser && this.#known.owners.has(external)) return external;
    return identityId('anonymous', previous);
  }

  /** The profile of a customer id never seen: one that nobody speaks for yet, else a new one. */
  #newcomer(external: string, others: string[], previous: string | undefined): string {
    const renamed = previous === undefined ? undefined : this.#known.owners.get(previous);
    if (renamed !== undefined && previous?.startsWith('external:') === true) {
      this.#write(this.#first, external, renamed);
      return renamed;
    }
    for (const id of others) {
      const owner = this.#known.owners.get(id);
      const free = owner === undefined ? undefined : this.#root(owner);
      if (free !== undefined && !this.#known.slots.has(free)) {
        this.#write(this.#fenced, external, free, free);
        this.#known.slots.set(free, { by: 'external' });
        return free;
      }
    }
    const profileId = this.#newId();
    this.#write(this.#first, external, profileId, profileId);
    this.#known.slots.set(profileId, { by: 'external' });
    return profileId;
  }

  /** With no customer id and no known customer among those named: the oldest, else a new profile. */
  #unnamed(ids: string[]): string {
    const oldest = this.#roots(ids).sort()[0];
    if (oldest !== undefined) return oldest;
    const [first] = ids;
    const profileId = this.#newId();
    if (first !== undefined) this.#write(this.#first, first, profileId);
    return profileId;
  }

  /** The known customer among those these identities name. */
  #customer(ids: string[]): string | undefined {
    return this.#roots(ids).find((owner) => this.#known.slots.get(owner)?.by === 'external');
  }

  #roots(ids: string[]): string[] {
    return ids
      .map((id) => this.#known.owners.get(id))
      .filter((owner) => owner !== undefined)
      .map((owner) => this.#root(owner));
  }

  #join(link: Link): void {
    const { id, bond, profileId, merges } = link;
    const owner = this.#known.owners.get(id);
    if (owner === undefined) {
      this.#write(this.#rest, id, profileId);
      if (link.unproven) this.#doubt(id);
      return;
    }
    if (owner === profileId) return;
    const root = this.#root(owner);
    if (root === profileId) {
      merges.add(owner);
    } else if (!this.#known.slots.has(root) && !this.#known.apart.has(apartKey(root, profileId))) {
      this.#claim(root, profileId);
      merges.add(owner).add(root);
    } else if (bond === 'alias' && id.startsWith('external:')) {
      merges.add(owner).add(root);
    } else if (bond === 'address') {
      this.#conflict(id, root, link);
    }
    // A device or an alias of one that belongs to another customer is shared: it stays theirs.
  }

  #doubt(id: string): void {
    this.#known.unproven.add(id);
    const written = this.#rest.at(-1);
    if (written !== undefined) written.unproven = true;
  }

  #claim(root: string, into: string): void {
    const claim = { kind: 'merged', profileId: into, externalOf: root, at: this.#at } as const;
    this.#fenced.push({ _id: `${MERGED}${root}`, ...claim });
    this.#known.slots.set(root, { by: 'merged', into });
  }

  #conflict(id: string, ownerId: string, link: { profileId: string; eventId: string }): void {
    const { profileId: claimantId, eventId } = link;
    const _id = `${id}|${claimantId}`;
    if (this.conflicts.some((conflict) => conflict._id === _id)) return;
    const ref = `c-${shortHash(_id)}`;
    this.conflicts.push({ _id, ref, identity: id, ownerId, claimantId, eventId, at: this.#at });
  }

  /** A public key may fill an empty address, never change one nor take one from somebody. */
  #fromBrowser(claim: IdentityClaim, profileId: string): AddressKind[] {
    const refused: AddressKind[] = [];
    if (!claim.browser) return refused;
    for (const kind of ['email', 'phone'] as const) {
      const id = idOf(kind, claim[kind]);
      if (id === undefined) continue;
      const owner = this.#known.owners.get(id);
      const held = this.#known.addressKinds.get(profileId) ?? new Set<AddressKind>();
      if (owner === profileId) continue;
      if (owner !== undefined || held.has(kind)) {
        refused.push(kind);
        continue;
      }
      this.#write(this.#rest, id, profileId);
      this.#known.addressKinds.set(profileId, held.add(kind));
    }
    return refused;
  }

  /** Where merges under way lead. They form no ring: the younger leads to the older or the named. */
  #root(profileId: string): string {
    let root = profileId;
    for (let hop = 0; hop < SLOT_HOPS_MAX; hop += 1) {
      const slot = this.#known.slots.get(root);
      if (slot?.by !== 'merged' || slot.into === root) return root;
      root = slot.into;
    }
    return root;
  }

  #write(list: StoredIdentity[], id: string, profileId: string, externalOf?: string): void {
    list.push({
      _id: id,
      kind: kindOf(id),
      profileId,
      ...(externalOf === undefined ? {} : { externalOf }),
      at: this.#at,
    });
    this.#known.owners.set(id, profileId);
  }
}

/** Every identity a call could touch. */
export function identityIds(claim: IdentityClaim): string[] {
  const previous = claim.previous;
  return [
    idOf('external', claim.external),
    idOf('anonymous', claim.anonymous),
    idOf('external', previous),
    idOf('anonymous', previous),
    ...addressIds(claim),
  ].filter((id) => id !== undefined);
}

function addressIds({ email, phone }: IdentityClaim): string[] {
  return [idOf('email', email), idOf('phone', phone)].filter((id) => id !== undefined);
}

type Kind = 'external' | 'anonymous' | AddressKind;

function idOf(kind: Kind, value: string | undefined): string | undefined {
  return value === undefined ? undefined : identityId(kind, value);
}

function kindOf(id: string): Kind {
  const kind = id.slice(0, id.indexOf(':'));
  return kind === 'external' || kind === 'email' || kind === 'phone' ? kind : 'anonymous';
}
