import { randomUUID } from 'node:crypto';
import { addressOf } from '#domain/message/address.ts';
import { CARRIED_CHANNELS, type CarriedChannel } from '#domain/message/message.ts';
import { isSubscription } from '#domain/message/push-subscription.ts';
import { erasedProfile } from '#domain/profile/erased-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { audited, type Deed } from '#platform/audit.ts';
import type { StoredErasure } from '#platform/erasure-documents.ts';
import { erasedRef } from '#platform/hash.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { Collections, Mongo } from '#platform/mongo.ts';
import { Fenced, type Session } from '#platform/transaction.ts';
import { familyOf } from './family.ts';

/** Somewhere the person could be written to. */
export interface PersonAddress {
  channel: CarriedChannel;
  address: string;
}

interface Begin {
  /** The person's profile, no other merged into it. */
  profileId: string;
  /** Epoch ms. */
  at: number;
  /** Leaves a hash of each address on the suppression list, within the transaction. */
  refuse: (address: PersonAddress, session: Session) => Promise<void>;
}

/**
 * The first half of an erasure, in one transaction: the profile is emptied, nobody is known by its
 * identities any more, and hashes of them stay. From then on nothing goes out to the person and no
 * event of before finds its way back; what else is kept of them goes by and by. Answers the erasure
 * as it stands; null: there is no such person, or they were erased before.
 */
export async function beginErasure(
  mongo: Pick<Mongo, 'client' | 'collections' | 'db'>,
  { profileId, at, refuse }: Begin,
): Promise<StoredErasure | null> {
  const c = mongo.collections;
  return audited(mongo, async (session) => {
    const family = await familyOf(c, profileId, session);
    const root = family.find(({ _id }) => _id === profileId);
    if (root?.erasedAt !== null) return { result: null, deed: null };
    const profiles = family.map(({ _id }) => _id);
    const identities = await c.identities
      .find({ profileId: { $in: profiles } }, { session })
      .toArray();
    const addresses = addressesOf(family, identities);
    for (const address of addresses) await refuse(address, session);
    const named = identities.filter(({ kind }) => kind !== 'merged');
    const id = `erasure_${randomUUID()}`;
    await rememberErased(c, named, { at, id, session });
    await c.identities.deleteMany({ profileId: { $in: profiles } }, { session });
    for (const profile of family) {
      const filter = { _id: profile._id, revision: profile.revision };
      const { matchedCount } = await c.profiles.replaceOne(filter, erasedProfile(profile, at), {
        session,
      });
      if (matchedCount !== 1) throw new Fenced('profiles');
    }
    const erasure: StoredErasure = {
      ...{ _id: id, profiles, status: 'running' },
      ...{ requestedAt: at, completedAt: null, lookedAgainAt: null },
      deleted: { profiles: profiles.length, identities: named.length },
      ...{ cut: {}, histories: [], jws: null },
      kept: { suppressions: addresses.length, identities: named.length },
      namedIn: await segmentsNaming(c, addresses),
      imports: await importsUnderWay(mongo),
    };
    await c.erasures.insertOne(erasure, { session });
    const deed: Deed = {
      ...{ at, before: null, after: { profiles: profiles.length } },
      what: 'personErased',
      ids: { erasure: erasure._id },
    };
    return { result: erasure, deed };
  });
}

async function rememberErased(
  { erased }: Pick<Collections, 'erased'>,
  identities: readonly StoredIdentity[],
  { at, id, session }: { at: number; id: string; session: Session },
): Promise<void> {
  if (identities.length === 0) return;
  await erased.bulkWrite(
    identities.map(({ _id }) => ({
      updateOne: {
        filter: { _id: erasedRef(_id) },
        update: { $max: { at }, $set: { erasure: id } },
        upsert: true,
      },
    })),
    { session },
  );
}

/** Every address by which they are, or were, reached, each once. */
function addressesOf(
  family: readonly Profile[],
  identities: readonly StoredIdentity[],
): PersonAddress[] {
  const found = new Map<string, PersonAddress>();
  const add = (channel: CarriedChannel, address: string): void => {
    found.set(`${channel}|${address}`, { channel, address });
  };
  for (const profile of family) {
    for (const channel of CARRIED_CHANNELS) {
      const address = addressOf(profile, channel);
      if (address !== null) add(channel, address);
    }
    for (const { token } of profile.devices)
      add(isSubscription(token) ? 'web-push' : 'push', token);
  }
  for (const { _id, kind } of identities) {
    const value = _id.slice(kind.length + 1);
    if (kind === 'email') add('email', value);
    if (kind === 'phone') for (const channel of ['sms', 'viber'] as const) add(channel, value);
  }
  return [...found.values()];
}

/** Conditions are the shop's own words: whoever wrote an address into one takes it out again. */
async function segmentsNaming(
  { segments }: Pick<Collections, 'segments'>,
  addresses: readonly PersonAddress[],
): Promise<string[]> {
  const all = await segments.find({}, { projection: { condition: 1 } }).toArray();
  return all
    .filter(({ condition }) => {
      const text = JSON.stringify(condition).toLowerCase();
      return addresses.some(({ address }) => text.includes(JSON.stringify(address.toLowerCase())));
    })
    .map(({ _id }) => _id);
}

async function importsUnderWay({ db }: Pick<Mongo, 'db'>): Promise<string[]> {
  const running = await db
    .collection<{ _id: string; status: string }>('imports')
    .find({ status: 'running' }, { projection: { _id: 1 } })
    .toArray();
  return running.map(({ _id }) => _id);
}
