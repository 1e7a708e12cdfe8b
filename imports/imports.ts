import { DomainError, invalid } from '#domain/errors.ts';
import { checkKind } from '#domain/import/check-header.ts';
import { columnMeanings } from '#domain/import/column-meanings.ts';
import { parseImportMap, type ImportKind, type ImportMap } from '#domain/import/import-map.ts';
import { planImport } from '#domain/import/plan-import.ts';
import { errorCode, errorPlace } from '#platform/logger.ts';
import { isMongoError } from '#platform/mongo-errors.ts';
import { decodeText } from './decode-text.ts';
import {
  isFeed,
  type Audience,
  type Format,
  type Missing,
  type StoredImport,
} from './import-document.ts';
import type { ImportPorts } from './import-ports.ts';
import { openTable, surveyTable } from './open-table.ts';
import { failureOf, ImportRun, Left } from './run-import.ts';
import { sniffFormat, SNIFFED_BYTES } from './sniff-format.ts';
import { peek, unpackBytes } from './unpack-bytes.ts';
import { withXmlCharset } from './xml-charset.ts';

/** What is asked for with a file. */
export interface Asked {
  as: ImportKind;
  /** Null: nobody says it, and the file's beginning does. */
  format: Format | null;
  /** Of text without a byte order mark. */
  charset: string;
  map: unknown;
  dryRun: boolean;
  missing: Missing;
  /** Null: the rows are no hashes. */
  audience: Audience | null;
}

/** An import that nobody was heard of for so long is taken over: several missed signs of life. */
const STALE_MS = 15_000;
const LOOK_EVERY_MS = 5_000;
/** Imports worked on at once by one process: a short one need not wait for a year of orders. */
const LANES = 2;
/** Reports are read in the days after; a year keeps them for whoever asks where a figure came from. */
const REPORT_KEPT_MS = 400 * 24 * 60 * 60 * 1000;
/** What a fault of our own is told as. */
const OUR_FAULT =
  'Something went wrong on our side; the log says more. The same file may be sent again.';

export interface Imports {
  /**
   * Keeps a file, looks through it and leaves it to be brought in. A file that is broken anywhere,
   * or does not fit its map, changes nothing. @throws DomainError
   */
  receive(asked: Asked, bytes: AsyncIterable<Buffer>): Promise<StoredImport>;
  /** Goes on with what others left, now and from time to time until the process ends. */
  start(): void;
}

/** Brings files in, in this process, going on with those of processes that are gone. */
export function createImports(ports: ImportPorts, ending: AbortSignal): Imports {
  let busy = 0;

  async function workOn(made: StoredImport, owner: string): Promise<void> {
    const { _id: id } = made;
    try {
      await new ImportRun(ports, made, owner, ending).run();
      // Nothing of the customers' is left lying about once an import says that it is complete.
      await clean(id);
      await ports.store.end(id, owner, { at: ports.clock(), failure: null });
    } catch (error) {
      if (error instanceof Left) {
        await ports.store.release(id, owner);
        return;
      }
      const failure = failureOf(error);
      // What the weather did is tried again by whoever takes it up next.
      if (failure === null && (isMongoError(error) || error instanceof DomainError)) return;
      if (failure === null) {
        const told = { importId: id, code: errorCode(error), place: errorPlace(error) };
        ports.logger.error(told, 'import failed');
      }
      await ports.store.end(id, owner, { at: ports.clock(), failure: failure ?? OUR_FAULT });
      await clean(id);
    }
  }

  async function clean(id: string): Promise<void> {
    const { uploads, lines, hashes } = ports;
    await Promise.all([uploads.remove(id), lines.remove(id), hashes.remove(id)]);
  }

  async function work(): Promise<void> {
    if (busy >= LANES) return;
    busy += 1;
    try {
      for (;;) {
        const now = ports.clock();
        // Each time another: work of this very process that stood still for long, while MongoDB was
        // away, say, must not go on beside what took it over.
        const owner = ports.newId();
        const made = ending.aborted ? null : await ports.store.claim(owner, now, now - STALE_MS);
        if (made === null) return;
        await workOn(made, owner);
      }
    } finally {
      busy -= 1;
    }
  }

  function kick(): void {
    work().catch((error: unknown) => {
      ports.logger.warn({ code: errorCode(error) }, 'imports wait for the database');
    });
  }

  return {
    async receive(asked, bytes) {
      const made = await receiveFile(ports, asked, bytes);
      await ports.store.insert(made);
      kick();
      return made;
    },
    start() {
      kick();
      const looking = setInterval(kick, LOOK_EVERY_MS).unref();
      ending.addEventListener('abort', () => {
        clearInterval(looking);
      });
    },
  };
}

/** The bytes as text in UTF-8, where they are text. */
async function asText(
  bytes: AsyncIterable<Buffer>,
  { format, charset }: { format: Format; charset: string },
): Promise<AsyncIterable<Buffer>> {
  if (format === 'parquet') return bytes;
  if (format !== 'google-merchant') return decodeText(bytes, charset);
  const declared = await withXmlCharset(bytes, charset);
  return decodeText(declared.bytes, declared.charset);
}

/** @throws DomainError `invalid` for what no file of this kind can be asked. */
function checkAsked({ as, missing, audience }: Asked, format: Format | null): void {
  if (format !== null && isFeed(format) && as !== 'products') {
    const detail = 'A feed of Google Merchant holds products: say `as=products`.';
    throw invalid(detail, [{ pointer: '#/as', detail }]);
  }
  if (missing !== 'keep' && as !== 'products') {
    const detail = 'Only products that are missing can be archived.';
    throw invalid(detail, [{ pointer: '#/missing', detail }]);
  }
  if ((as === 'audience') !== (audience !== null)) {
    const detail =
      audience === null
        ? 'Say which list the audience is for: `segment` is the key of a static segment.'
        : 'Only an audience is brought into a segment: say `as=audience`.';
    throw invalid(detail, [{ pointer: '#/segment', detail }]);
  }
}

async function receiveFile(
  ports: ImportPorts,
  asked: Asked,
  bytes: AsyncIterable<Buffer>,
): Promise<StoredImport> {
  checkAsked(asked, asked.format);
  if (asked.audience !== null) await ports.people.openList(asked.audience.segment, false);
  const map = asked.map === null || asked.map === undefined ? null : parseImportMap(asked.map);
  const id = ports.newId();
  const [head, unpacked] = await peek(unpackBytes(bytes), SNIFFED_BYTES);
  const format = asked.format ?? sniffFormat(head);
  try {
    checkAsked(asked, format);
    return await keepFile(ports, { ...asked, id, format, map }, unpacked);
  } catch (error) {
    await leave(unpacked);
    await ports.uploads.remove(id).catch(() => undefined);
    throw error;
  }
}

/** Ends a stream in which somebody looked and which nobody reads. */
async function leave(bytes: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const _ of bytes) break;
  } catch {
    // What is wrong with it was told.
  }
}

async function keepFile(
  ports: ImportPorts,
  asked: Asked & { id: string; format: Format; map: ImportMap | null },
  bytes: AsyncIterable<Buffer>,
): Promise<StoredImport> {
  const { id, as, format, map, dryRun, missing, audience } = asked;
  const createdAt = ports.clock();
  const size = await ports.uploads.write(id, await asText(bytes, asked), createdAt);
  const file = ports.uploads.open(id, size);
  const { columns, total } = await surveyTable(format, file);
  checkKind(as, columns, map);
  const plan = planImport(as, columns, map, { ...ports.defaults, isFeed: isFeed(format) });
  const meanings = columnMeanings(plan);
  // Parquet breaks where it is decoded: its first rows are looked at before anything is done.
  for await (const _ of openTable({ format, columns }, file, plan).rows(0)) break;
  if (audience !== null && !dryRun) await ports.people.openList(audience.segment, true);
  return {
    _id: id,
    as,
    format,
    dryRun,
    ...(missing === 'keep' ? {} : { missing }),
    ...(audience === null ? {} : { audience }),
    status: 'running',
    map: map === null ? null : JSON.stringify(map),
    columns,
    meanings,
    total,
    bytes: size,
    rows: 0,
    accepted: 0,
    rejected: 0,
    skipped: 0,
    stage: 'rows',
    row: 0,
    orderId: null,
    errors: [],
    cleaned: [],
    ignored: meanings.flatMap(({ column, becomes }) => (becomes === 'ignored' ? [column] : [])),
    failure: null,
    owner: null,
    beatAt: createdAt,
    createdAt,
    endedAt: null,
    expiresAt: new Date(createdAt + REPORT_KEPT_MS),
  };
}
