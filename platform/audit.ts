import { createHash, randomUUID } from 'node:crypto';
import type { Filter } from 'mongodb';
import type { JsonObject } from '#domain/json.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import type { DeedKind, StoredDeed } from './documents.ts';
import type { Collections, Mongo } from './mongo.ts';
import { withoutAddresses } from './without-addresses.ts';
import { Fenced, inTransaction, type Session } from './transaction.ts';

/** How often a change that met another is tried again: each time somebody else's went through. */
const TRIES_MAX = 5;

/**
 * Characters of a definition, as JSON, that are kept beside a deed. Of a longer one (a template
 * with a whole mail in ten languages) its hash tells whether it is the one somebody has at hand.
 */
const DEFINITION_CHARS_MAX = 64_000;

/** Deeds whose definitions hold conditions: one may name a customer, and the audit is for good. */
const WITH_CONDITIONS = /^(segment|journey)/;

/** What somebody did to a definition: all of it as it was and as it is; null: there is none. */
export interface Deed {
  /** Epoch ms. */
  at: number;
  /** The kind of key it was asked with; by default an API key. */
  who?: StoredDeed['who'];
  what: DeedKind;
  ids: Record<string, string>;
  before: object | null;
  after: object | null;
}

/**
 * Changes something that people must be able to ask about and writes down that it was changed, both
 * or neither. `deed` null, or one that changed nothing: nothing is written down.
 */
export async function audited<T>(
  { client, collections }: Pick<Mongo, 'client' | 'collections'>,
  change: (session: Session) => Promise<{ result: T; deed: Deed | null }>,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await inTransaction(client, async (session) => {
        const { result, deed } = await change(session);
        if (deed !== null) await noteDeed(collections, deed, session);
        return result;
      });
    } catch (error) {
      if (!(error instanceof Fenced) || tried >= TRIES_MAX) throw error;
    }
  }
}

/** Writes down, within a transaction if there is one, what somebody did, unless it changed nothing. */
export async function noteDeed(
  { audit }: Pick<Collections, 'audit'>,
  { at, who = 'admin', what, ids, before, after }: Deed,
  session?: Session,
): Promise<void> {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const deed: StoredDeed = {
    _id: `${what}:${randomUUID()}`,
    at,
    who,
    what,
    ids,
    before: inShort(what, before),
    after: inShort(what, after),
  };
  await audit.insertOne(deed, session === undefined ? {} : { session });
}

function inShort(what: DeedKind, definition: object | null): JsonObject | null {
  if (definition === null) return null;
  const text = JSON.stringify(definition);
  if (text.length <= DEFINITION_CHARS_MAX) {
    const whole = JSON.parse(text) as JsonObject;
    return WITH_CONDITIONS.test(what) ? (withoutAddresses(whole) as JsonObject) : whole;
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { sha256, characters: text.length };
}

/** Which deeds are asked for. */
export interface DeedsAsked {
  what?: DeedKind | undefined;
  who?: StoredDeed['who'] | undefined;
  /** The id of anything it was done to: a journey's key, a merge, a profile. */
  id?: string | undefined;
  /** Epoch ms. */
  since?: number | undefined;
}

/** Names under which deeds keep ids (StoredDeed.ids). */
const ID_NAMES = [
  ...['journey', 'segment', 'template', 'block', 'settings', 'suppression'],
  ...['merge', 'kept', 'merged', 'event', 'conflict', 'owner', 'claimant', 'erasure'],
];

/** Who changed what, the latest first. */
export async function listDeeds(
  { audit }: Pick<Collections, 'audit'>,
  { what, who, id, since }: DeedsAsked,
  { limit, after }: PageRequest,
): Promise<Page<StoredDeed>> {
  const asked: Filter<StoredDeed>[] = [
    ...(what === undefined ? [] : [{ what }]),
    ...(who === undefined ? [] : [{ who }]),
    ...(since === undefined ? [] : [{ at: { $gte: since } }]),
    ...(id === undefined ? [] : [{ $or: ID_NAMES.map((name) => ({ [`ids.${name}`]: id })) }]),
    ...(after === null
      ? []
      : [{ $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $gt: after.id } }] }]),
  ];
  const read = await audit
    .find(asked.length === 0 ? {} : { $and: asked })
    .sort({ at: -1, _id: 1 })
    .limit(limit + 1)
    .toArray();
  return pageOf(read, limit, ({ at, _id }) => ({ at, id: _id }));
}
