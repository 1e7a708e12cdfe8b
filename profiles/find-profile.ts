import {
  identityId,
  parseIdentity,
  type Identity,
  type IdentityKind,
} from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { readById } from '#platform/coalesce-reads.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { normalizeEmail, normalizePhone } from './normalize-addresses.ts';

/** Merges form short chains; more hops than this is a bug, not a customer. */
const MERGE_HOPS_MAX = 16;

const PHONE = 'phone:';

type Needs = Pick<Collections, 'identities' | 'profiles'>;

/** Reads by id, those of the same moment together. */
interface Readers {
  identity: (id: string) => Promise<StoredIdentity | null>;
  profile: (id: string) => Promise<Profile | null>;
}

function readersOf({ identities, profiles }: Needs): Readers {
  const latest = { readConcern: { level: 'local' } } as const;
  return { identity: readById(identities, latest), profile: readById(profiles, latest) };
}

export interface FindProfileOptions {
  /** Default country of phone numbers without a prefix, ISO 3166-1 alpha-2. */
  country?: string;
}

/**
 * Finds a customer by what people call one: `external:42`, `email:a@b.example`, `phone:+380…`,
 * `anonymous:…` or the profile's id. Merges are followed; null for somebody unknown, and for one
 * whose first event is accepted but not yet applied.
 */
export function createFindProfile(c: Needs, options: FindProfileOptions = {}) {
  const read = readersOf(c);
  return async function findProfile(identity: string): Promise<Profile | null> {
    const id = await ownerOf(read, identity, options);
    return id === null ? null : follow(read, id);
  };
}

/**
 * The id under which events of this customer are to be stored now; null when the identity is
 * unknown. Unlike findProfile it knows a customer as soon as the first event is accepted.
 */
export function createFindProfileId(c: Needs, options: FindProfileOptions = {}) {
  const read = readersOf(c);
  return async function findProfileId(identity: string): Promise<string | null> {
    const id = await ownerOf(read, identity, options);
    if (id === null) return null;
    const profile = await follow(read, id);
    // An identity is made before its profile; a bare id counts only once there is a profile.
    return profile?._id ?? (id === identity ? null : id);
  };
}

async function ownerOf(
  read: Readers,
  text: string,
  options: FindProfileOptions,
): Promise<string | null> {
  const id = text.startsWith(PHONE)
    ? idOf('phone', normalizePhone(text.slice(PHONE.length), options.country))
    : idOf(...named(parseIdentity(text)));
  if (id === null) return text === '' || text.includes(':') ? null : text;
  return (await read.identity(id))?.profileId ?? null;
}

function named(identity: Identity | null): [IdentityKind, string | null] {
  if (identity?.kind === 'email') return ['email', normalizeEmail(identity.value)];
  return [identity?.kind ?? 'external', identity?.value ?? null];
}

function idOf(kind: IdentityKind, value: string | null): string | null {
  return value === null ? null : identityId(kind, value);
}

async function follow(read: Readers, id: string): Promise<Profile | null> {
  let profile = await read.profile(id);
  for (let hop = 0; profile !== null && profile.mergedInto !== null; hop += 1) {
    if (hop >= MERGE_HOPS_MAX) return null;
    profile = await read.profile(profile.mergedInto);
  }
  return profile;
}

export type FindProfile = ReturnType<typeof createFindProfile>;
export type FindProfileId = ReturnType<typeof createFindProfileId>;
