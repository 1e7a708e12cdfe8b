import {
  FieldPath,
  Firestore,
  GeoPoint,
  DocumentReference,
  Timestamp,
  type Query,
  type QueryDocumentSnapshot,
} from '@google-cloud/firestore';
import { plainCell } from '#domain/import/plain-cell.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { documentCells, documentColumns } from '#domain/source/document-columns.ts';
import { valueBack, type Back, type Place } from '#domain/source/place.ts';
import type { SourceOf } from '#domain/source/source.ts';
import { googleConnection } from './connections.ts';
import { googleClient } from './google-token.ts';
import { errorField, networkFault, sourceFault } from './source-fault.ts';
import type { SourceReader, SourceRow } from './source-reader.ts';

const SCOPE = 'https://www.googleapis.com/auth/datastore';

/** A collection of Firestore through Google's own client, over HTTP: no listener needs gRPC. */
export function openFirestore(
  source: SourceOf<'firestore'>,
  secret: string,
  named: ReadonlySet<string>,
): SourceReader {
  const firestore = clientOf(source, secret);
  const { column } = source.cursor;
  const kept = new Set([...named, column]);
  const all = firestore
    .collection(source.collection)
    .orderBy(column)
    .orderBy(FieldPath.documentId());
  return {
    async readPage(after, limit) {
      try {
        const { docs } = await begun(all, after).limit(limit).get();
        const plain = docs.map(plainDocument);
        const columns = documentColumns(plain, kept);
        const rows = docs.map((document, at): SourceRow => ({
          cells: documentCells(plain[at] ?? {}, columns),
          place: placeOf(document.get(column), document.id),
        }));
        return { columns, rows, isLast: docs.length < limit };
      } catch (error) {
        throw explained(error);
      }
    },
    back: ({ value }, back) => ({ value: backFrom(value, back), key: null }),
    close: () => firestore.terminate().catch(() => undefined),
  };
}

function clientOf(source: SourceOf<'firestore'>, secret: string): Firestore {
  const connection = googleConnection(secret, source.connection);
  const { serviceAccount, endpoint } = connection;
  const url = endpoint === undefined ? null : new URL(endpoint);
  return new Firestore({
    projectId: serviceAccount.project_id,
    authClient: googleClient(connection, SCOPE),
    preferRest: true,
    ...(url === null ? {} : { host: url.host, ssl: url.protocol === 'https:' }),
  });
}

function begun(query: Query, after: Place | null): Query {
  if (after === null) return query;
  const value = fromText(after.value);
  return after.key === null ? query.startAt(value) : query.startAfter(value, after.key);
}

/** A value with its type, exact to the nanosecond. */
function textOf(value: unknown): string {
  if (value instanceof Timestamp)
    return JSON.stringify(['instant', value.seconds, value.nanoseconds]);
  return JSON.stringify(['plain', value]);
}

function fromText(text: string): unknown {
  const [type, value, nanoseconds] = JSON.parse(text) as [string, unknown, unknown];
  return type === 'instant' ? new Timestamp(Number(value), Number(nanoseconds)) : value;
}

function placeOf(value: unknown, id: string): Place {
  const text = value instanceof Timestamp ? value.toDate().toISOString() : String(value);
  return { value: textOf(value), key: id, shown: { value: text, key: id } };
}

function backFrom(text: string, back: Back): string {
  const value = fromText(text);
  if (value instanceof Timestamp) {
    const from = valueBack(value.toDate().toISOString(), back);
    return textOf(Timestamp.fromDate(new Date(from)));
  }
  if (typeof value === 'number') return textOf(Number(valueBack(String(value), back)));
  return textOf(valueBack(String(value), back));
}

/** A document's fields; its own id as `id`, where it has no field of that name. */
function plainDocument(document: QueryDocumentSnapshot): JsonObject {
  const plain = plainCell(plainValue(document.data()));
  return { id: document.id, ...(isJsonObject(plain) ? plain : {}) };
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Timestamp) return value.toDate();
  if (value instanceof DocumentReference) return value.path;
  if (value instanceof GeoPoint) return { latitude: value.latitude, longitude: value.longitude };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainValue(one)]));
}

/** What to do about each of Google's codes, as gRPC numbers them. */
const BY_CODE: Readonly<Record<number, { detail: string; at: string }>> = {
  3: {
    detail: 'Firestore does not understand the query: look at collection and cursor.',
    at: '#/cursor',
  },
  5: { detail: 'There is no such database in this project.', at: '#/connection' },
  7: {
    detail: 'The service account may not read this: give it Cloud Datastore Viewer.',
    at: '#/connection',
  },
  9: {
    detail: 'Firestore needs an index for the cursor’s field: its console says so and makes it.',
    at: '#/cursor',
  },
  16: { detail: 'Google refuses the service account.', at: '#/connection' },
};

function explained(error: unknown): Error {
  const known = BY_CODE[Number(errorField(error, 'code'))];
  if (known !== undefined) return sourceFault(known.detail, 'change', known.at);
  const network = networkFault(error);
  if (network !== null) return network;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  return sourceFault('Firestore cannot answer just now.', 'wait');
}
