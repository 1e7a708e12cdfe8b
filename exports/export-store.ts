import type { Collection, Db, Document, Filter } from 'mongodb';
import { FACT_COLUMNS_MAX } from '#domain/export/export.ts';
import type { Product } from '#domain/product/product.ts';
import { PARTITIONS } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { StoredIdentity } from '#platform/identity-documents.ts';
import type { Collections } from '#platform/mongo.ts';
import type { ExportStore, PageAsk, People, SeenName, Span, TimedAsk } from './export-table.ts';

/** More names than get a column: some of the commonest may be taken by Kairos' own. */
const NAMES_MAX = FACT_COLUMNS_MAX + 100;

const COMPLETED = { filter: { completed: true } };

const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** As the index of these says it: by that word MongoDB sees that the index has them all. */
const APPLIED = { filter: { state: { $gt: 'accepted' } } };

export function createExportStore(
  c: Pick<Collections, 'profiles' | 'identities' | 'events' | 'orders' | 'runs' | 'messages'>,
  db: Db,
): ExportStore {
  const products = db.collection<Product>('products');
  return {
    profiles: ({ segment, ...page }) => pageOf(c.profiles, membersOf(segment), page),
    seenFacts: (of, segment) => seenNames(c.profiles, of, membersOf(segment)),
    // What is not applied yet is not known of anybody.
    events: (page) => timedPage(c.events, { by: 'receivedAt', hint: 'applied', ...APPLIED }, page),
    // Of an order of which only a refund was seen nobody knows what it was.
    orders: (page) => timedPage(c.orders, { by: 'at', hint: 'made', ...COMPLETED }, page),
    runs: (page) => timedPage(c.runs, { by: 'enteredAt', hint: { enteredAt: -1, _id: -1 } }, page),
    messages: (page) =>
      timedPage(c.messages, { by: 'createdAt', hint: { createdAt: -1, _id: -1 } }, page),
    products: (page) => pageOf(products, {}, page),
    seenProductFacts: () => seenNames(products, 'attributes', {}),
    people: (profileIds) => readPeople(c, profileIds),
    oldestWaiting: () => findOldestWaiting(c),
  };
}

function membersOf(segment: string | undefined): Filter<Profile> {
  const present: Filter<Profile> = { mergedInto: null, erasedAt: null };
  return segment === undefined ? present : { ...present, 'segments.key': segment };
}

function during(field: string, { since, until }: Span): Document {
  if (since === null && until === null) return {};
  return {
    [field]: {
      ...(since === null ? {} : { $gte: since }),
      ...(until === null ? {} : { $lt: until }),
    },
  };
}

/** By which instant rows are read, the index that has it, and which rows. */
interface Timed {
  by: string;
  hint: string | Document;
  filter?: Document;
}

/** By the index alone: no row outside the span is looked at, nor one of an earlier page. */
async function timedPage<T>(
  collection: Collection<T & Document>,
  { by, hint, filter = {} }: Timed,
  { since, until, after, limit }: TimedAsk,
): Promise<T[]> {
  const asked: Document =
    after === null
      ? { ...filter, ...during(by, { since, until }) }
      : {
          ...filter,
          $or: [
            { [by]: after.at, _id: { $gt: after.id } },
            { [by]: { $gt: after.at, ...(until === null ? {} : { $lt: until }) } },
          ],
        };
  const rows = collection as unknown as Collection;
  const cursor = rows.find(asked, { hint }).sort({ [by]: 1, _id: 1 });
  const found: unknown = await cursor.limit(limit).toArray();
  return found as T[];
}

/** Of the driver's filters only the call is the same for every collection. */
async function pageOf<T extends { _id: string }>(
  collection: Collection<T>,
  filter: Document,
  { after, limit }: PageAsk,
): Promise<T[]> {
  const beyond: Document = { ...filter, _id: { $gt: after } };
  const rows = collection as unknown as Collection;
  const found: unknown = await rows.find(beyond).sort({ _id: 1 }).limit(limit).toArray();
  return found as T[];
}

async function seenNames<T extends Document>(
  rows: Collection<T>,
  field: string,
  filter: Document,
): Promise<SeenName[]> {
  return rows
    .aggregate<SeenName>(
      [
        { $match: filter },
        { $project: { fact: { $objectToArray: `$${field}` } } },
        { $unwind: '$fact' },
        {
          $group: {
            _id: '$fact.k',
            types: { $addToSet: { $type: '$fact.v' } },
            count: { $sum: 1 },
          },
        },
        { $sort: { count: -1, _id: 1 } },
        { $limit: NAMES_MAX },
        { $project: { _id: 0, name: '$_id', types: 1 } },
      ],
      { allowDiskUse: true },
    )
    .toArray();
}

/** As the router finds what it has to apply next. */
async function findOldestWaiting({ events }: Pick<Collections, 'events'>): Promise<number | null> {
  const first = await events.findOne(
    { partition: { $in: ALL_PARTITIONS }, pending: true, state: 'accepted' },
    {
      sort: { receivedAt: 1, place: 1 },
      hint: 'pending',
      projection: { receivedAt: 1 },
    },
  );
  return first?.receivedAt ?? null;
}

async function readPeople(
  { profiles, identities }: Pick<Collections, 'profiles' | 'identities'>,
  profileIds: readonly string[],
): Promise<People> {
  const [gone, rows] = await Promise.all([
    profiles
      .find({ _id: { $in: [...profileIds] }, erasedAt: { $gt: 0 } })
      .project<{ _id: string }>({ _id: 1 })
      .toArray(),
    identities
      .find({ profileId: { $in: [...profileIds] }, kind: { $nin: ['merged', 'device'] } })
      .project<Pick<StoredIdentity, '_id' | 'profileId' | 'externalOf'>>({
        profileId: 1,
        externalOf: 1,
      })
      .sort({ _id: 1 })
      .toArray(),
  ]);
  const found = new Map<string, string[]>();
  for (const { _id, profileId, externalOf } of rows) {
    const list = found.get(profileId);
    if (list === undefined) found.set(profileId, [_id]);
    else if (externalOf === profileId) list.unshift(_id);
    else list.push(_id);
  }
  return { erased: new Set(gone.map(({ _id }) => _id)), identities: found };
}
