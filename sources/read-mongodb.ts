import { BSON, MongoClient, ObjectId, type Document } from 'mongodb';
import { plainCell } from '#domain/import/plain-cell.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { documentCells, documentColumns } from '#domain/source/document-columns.ts';
import { LOOK_BACK_INSTANT, valueBack, type Back, type Place } from '#domain/source/place.ts';
import type { SourceOf } from '#domain/source/source.ts';
import { longestMs } from '#domain/time/duration.ts';
import { wrongConnection } from './connections.ts';
import { errorField, networkFault, sourceFault } from './source-fault.ts';
import type { SourceReader, SourceRow } from './source-reader.ts';

/** A page by an index takes milliseconds; by a whole collection that has none, minutes. */
const FIND_MS = 60_000;
const CONNECT_MS = 10_000;

/** A collection of MongoDB, by keyset: no cursor is held open between pages. */
export function openMongodb(
  source: SourceOf<'mongodb'>,
  secret: string,
  named: ReadonlySet<string>,
): SourceReader {
  const client = clientOf(source, secret);
  const { column, key } = source.cursor;
  const filter = source.filter === undefined ? {} : readFilter(source.filter);
  const kept = new Set([...named, column, key]);
  return {
    async readPage(after, limit) {
      const bound = after === null ? { [column]: { $ne: null } } : boundOf(source.cursor, after);
      try {
        const documents = await client
          .db()
          .collection(source.collection)
          .find({ $and: [filter, bound] }, { promoteLongs: false, promoteValues: true })
          .sort({ [column]: 1, [key]: 1 })
          .limit(limit)
          .maxTimeMS(FIND_MS)
          .toArray();
        const plain = documents.map(plainDocument);
        const columns = documentColumns(plain, kept);
        const rows = documents.map((document, at): SourceRow => ({
          cells: documentCells(plain[at] ?? {}, columns),
          place: placeOf(valueAt(document, column), valueAt(document, key)),
        }));
        return { columns, rows, isLast: documents.length < limit };
      } catch (error) {
        throw explained(error);
      }
    },
    back: ({ value }, back) => ({ value: backFrom(value, back), key: null }),
    close: () => client.close().catch(() => undefined),
  };
}

function clientOf(source: SourceOf<'mongodb'>, secret: string): MongoClient {
  try {
    return new MongoClient(secret, {
      appName: 'kairos',
      serverSelectionTimeoutMS: CONNECT_MS,
      maxPoolSize: 2,
      // What is read must not be undone by an election.
      readConcern: { level: 'majority' },
    });
  } catch {
    throw wrongConnection(
      source.connection,
      'an address such as mongodb://user:password@host/database',
    );
  }
}

function readFilter(filter: string): Document {
  try {
    const read: unknown = BSON.EJSON.parse(filter, { relaxed: true });
    return read as Document;
  } catch {
    throw sourceFault('The filter is no extended JSON of MongoDB.', 'change', '#/filter');
  }
}

/** By one range of an index on both: no value before it is looked at. */
function boundOf({ column, key }: SourceOf<'mongodb'>['cursor'], after: Place): Document {
  const value = fromText(after.value);
  if (after.key === null) return { [column]: { $gte: value } };
  return {
    [column]: { $gte: value },
    $or: [{ [column]: { $gt: value } }, { [key]: { $gt: fromText(after.key) } }],
  };
}

/** A value with its type, exact: extended JSON. */
function textOf(value: unknown): string {
  return BSON.EJSON.stringify([value], { relaxed: false });
}

function fromText(text: string): unknown {
  return (BSON.EJSON.parse(text, { relaxed: false }) as unknown[])[0];
}

function backFrom(text: string, back: Back): string {
  const value = fromText(text);
  if (value instanceof Date) return textOf(new Date(valueBack(value.toISOString(), back)));
  if (value instanceof ObjectId) return textOf(olderId(value, back));
  if (BSON_NUMBERS.has(String(errorField(value, '_bsontype')))) {
    const less = valueBack(String(value), back);
    return textOf(/^-?\d+$/.test(less) ? BSON.Long.fromString(less) : Number(less));
  }
  return text;
}

const BSON_NUMBERS = new Set(['Int32', 'Long', 'Double', 'Decimal128']);

/** An id begins with the second in which it was made. */
function olderId(id: ObjectId, { lookBack, reachedAt }: Back): ObjectId {
  const duration = typeof lookBack === 'string' ? lookBack : LOOK_BACK_INSTANT;
  const from = Math.min(id.getTimestamp().getTime(), reachedAt) - longestMs(duration);
  return ObjectId.createFromTime(Math.max(0, Math.floor(from / 1_000)));
}

function valueAt(document: Document, path: string): unknown {
  let here: unknown = document;
  for (const part of path.split('.')) here = errorField(here, part);
  return here;
}

function plainDocument(document: Document): JsonObject {
  const plain = plainCell(plainBson(document));
  return isJsonObject(plain) ? plain : {};
}

/** Deeper nesting is cut off where cells are made. */
const DEPTH_MAX = 12;

/** BSON's own types as what they stand for: ids and decimals as text, integers exactly. */
function plainBson(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || depth > DEPTH_MAX) {
    return value;
  }
  if (Array.isArray(value)) return value.map((member) => plainBson(member, depth + 1));
  const type = errorField(value, '_bsontype');
  if (type === undefined) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, plainBson(member, depth + 1)]),
    );
  }
  if (value instanceof BSON.Long) return value.toBigInt();
  if (value instanceof BSON.Int32 || value instanceof BSON.Double) return value.valueOf();
  if (value instanceof BSON.Timestamp) return new Date(value.t * 1_000);
  return textOfBson(value);
}

/** Ids, decimals and the like say themselves. */
function textOfBson(value: { toString: () => string }): string {
  return value.toString();
}

function placeOf(value: unknown, key: unknown): Place {
  const shown = { value: shownValue(value), key: shownValue(key) };
  return { value: textOf(value), key: textOf(key), shown };
}

function shownValue(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/** What to do about each of MongoDB's codes. */
const BY_CODE: Readonly<Record<number, { detail: string; cure: 'change' | 'wait'; at: string }>> = {
  18: {
    detail: 'The server refuses the user or the password.',
    cure: 'change',
    at: '#/connection',
  },
  8000: {
    detail: 'The server refuses the user or the password.',
    cure: 'change',
    at: '#/connection',
  },
  13: {
    detail: 'The user may not read this collection: give it the role read.',
    cure: 'change',
    at: '#/connection',
  },
  50: {
    detail: `A page took longer than ${String(FIND_MS / 1_000)} s: make an index on the cursor's column and key.`,
    cure: 'wait',
    at: '#/cursor',
  },
  2: { detail: 'The server does not understand the filter.', cure: 'change', at: '#/filter' },
  9: { detail: 'The server does not understand the filter.', cure: 'change', at: '#/filter' },
  73: { detail: 'There can be no collection of this name.', cure: 'change', at: '#/collection' },
};

function explained(error: unknown): Error {
  if (!(error instanceof Error) || !error.name.startsWith('Mongo')) {
    return error instanceof Error ? error : new TypeError('no error');
  }
  const code = errorField(error, 'code');
  const known = typeof code === 'number' ? BY_CODE[code] : undefined;
  if (known !== undefined) return sourceFault(known.detail, known.cure, known.at);
  const network = networkFault(error);
  if (network !== null) return network;
  return sourceFault(
    'The server cannot be reached, or has no primary just now.',
    'wait',
    '#/connection',
  );
}
