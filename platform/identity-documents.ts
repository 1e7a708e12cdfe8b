import type { EventSource } from '#domain/event/event.ts';
import type { Order, Profile } from '#domain/profile/profile.ts';

/** One address of a profile: `_id` is `external:42`, `email:…`, unique, so nobody has two profiles. */
export interface StoredIdentity {
  _id: string;
  /**
   * `merged` (`_id` is `merged:<profile id>`) is no address: it says that a profile is on its way
   * into `profileId`, so that no other customer can take it meanwhile. Lists leave it out.
   */
  kind: 'external' | 'email' | 'phone' | 'anonymous' | 'device' | 'merged';
  profileId: string;
  /** Only a public key said that this device is the known customer's: it may not consent for them. */
  unproven?: true;
  /** For the one own customer id of a profile, or its `merged`: the profile's id (unique index). */
  externalOf?: string;
  at: number;
}

/** An address claimed by two customers with ids of their own: kept for a human to decide. */
export interface StoredConflict {
  /** `<identity id>|<claiming profile id>` */
  _id: string;
  identity: string;
  ownerId: string;
  claimantId: string;
  eventId: string;
  at: number;
  /** A hash of `_id` by which people speak of it: the id itself holds an address. */
  ref?: string;
  /** Somebody decided that nothing is to be done, or the two were merged. Absent: open. */
  closed?: { at: number; by: 'dismissed' } | { at: number; by: 'merged'; merge: string };
}

/** One merge of two profiles, with what is needed to understand and to undo it. */
export interface StoredMerge {
  _id: string;
  kept: string;
  merged: string;
  eventId: string;
  at: number;
  /** Who said it, as with events. Absent, like all that undoing needs, in merges of old. */
  source?: EventSource;
  /** Epoch ms at which the event came in that said it. */
  receivedAt?: number;
  /** Tells later merges of the kept profile from earlier: its revision, then the place in a batch. */
  revision?: number;
  place?: number;
  /** The merged profile as it was; gone once the merge is undone. */
  snapshot?: Profile;
  /** The kept profile as it was. */
  keptSnapshot?: Profile;
  /** All orders of both as they were; null: too many to be kept here. */
  orders?: Order[] | null;
  /** The merged profile's identities as they were; none once the merge is undone. */
  identities: StoredIdentity[];
  /** Ids of the identities that the kept profile had. */
  keptIdentities?: string[];
  /** Events around the moment of the merge that the kept profile held already. */
  held?: string[];
  /** Runs that ended for it. */
  overtaken?: string[];
  /** Keys of the segments the customer was in right after; absent where that was not noted. */
  segments?: string[];
  undone?: { at: number; eventId: string };
  /** When it may be deleted (TTL index); absent: kept. */
  expiresAt?: Date;
}
