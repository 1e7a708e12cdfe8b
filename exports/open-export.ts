import { invalid } from '#domain/errors.ts';
import type { ExportFormat, ExportTableName } from '#domain/export/export.ts';
import { MINUTE_MS } from '#domain/time/duration.ts';
import type { Clock } from '#platform/clock.ts';
import { eventTable, orderTable } from './activity-tables.ts';
import { encodeCsv, type CsvOptions } from './encode-csv.ts';
import { encodeNdjson } from './encode-ndjson.ts';
import { encodeParquet } from './encode-parquet.ts';
import type { ExportStore, ExportTable, Span } from './export-table.ts';
import { productTable } from './product-table.ts';
import { consentTable, profileTable } from './profile-table.ts';
import { messageTable, runTable } from './sent-tables.ts';

/** Clocks of machines differ by less: what another one has just written is in. */
const CLOCKS_MS = MINUTE_MS;

/**
 * An event has its instant before it is durable: an election of a primary may lie between the two,
 * and another machine's clock may be behind. What came in earlier than this is written by now: what
 * was stamped half of it ago is not begun to be written any more, see events/accept-store.ts.
 */
const SETTLED_MS = MINUTE_MS;

/** What is taken out, and how it is written. */
export interface ExportAsk extends CsvOptions, Span {
  what: { table: ExportTableName } | { segment: string };
  format: ExportFormat;
}

/** Tables of things that have an instant by which they can be asked for. */
const TIMED: ReadonlySet<string> = new Set(['events', 'orders', 'runs', 'messages']);

interface Setting {
  /** The shop's. */
  currency: string;
  clock: Clock;
}

interface OpenedExport {
  /** The file, bit by bit: nothing of it is read before somebody asks for its first bytes. */
  body: AsyncIterable<string | Buffer>;
  /**
   * Of events: epoch ms since which to ask the next time, so that each event is in one of the two
   * files; null: of this table that cannot be said.
   */
  nextSince: number | null;
}

/** Opens one export; see createOpenExport. */
export type OpenExport = (ask: ExportAsk) => Promise<OpenedExport>;

/**
 * Opens files out.
 * @throws DomainError `invalid` for a table that has no instants to be asked by
 */
export function createOpenExport(store: ExportStore, setting: Setting): OpenExport {
  return async (ask) => {
    const { what, since, until } = ask;
    const isTimed = 'table' in what && TIMED.has(what.table);
    if (!isTimed && (since !== null || until !== null)) {
      throw invalid('Only events, orders, runs and messages can be asked for by time.', [
        {
          pointer: since === null ? '#/until' : '#/since',
          detail: 'Leave it out: this table tells how things are now.',
        },
      ]);
    }
    const isOfEvents = 'table' in what && what.table === 'events';
    const nextSince = isOfEvents ? await eventsEnd(store, ask, setting.clock()) : null;
    const table = tableOf(store, { ...ask, until: nextSince ?? until }, setting);
    return { body: encode(table, ask), nextSince };
  };
}

/**
 * Up to where all events are there, epoch ms: none that came in before it is applied later, when
 * nobody would ask for it any more.
 */
async function eventsEnd(
  store: Pick<ExportStore, 'oldestWaiting'>,
  { since, until }: Span,
  now: number,
): Promise<number> {
  const waiting = (await store.oldestWaiting()) ?? Infinity;
  const end = Math.min(until ?? Infinity, now - SETTLED_MS, waiting);
  return Math.max(end, since ?? 0);
}

function tableOf(
  store: ExportStore,
  { what, since, until }: ExportAsk,
  { currency, clock }: Setting,
): ExportTable {
  if ('segment' in what) return profileTable(store, { segment: what.segment, currency });
  // What goes by time has an end: a slow client would never come to that of what goes on coming in.
  const span = { since, until: until ?? clock() + CLOCKS_MS };
  switch (what.table) {
    case 'profiles':
      return profileTable(store, { currency });
    case 'consents':
      return consentTable(store);
    case 'events':
      return eventTable(store, span);
    case 'orders':
      return orderTable(store, span);
    case 'products':
      return productTable(store);
    case 'runs':
      return runTable(store, span);
    case 'messages':
      return messageTable(store, span);
  }
}

async function* encode(table: ExportTable, ask: ExportAsk): AsyncGenerator<string | Buffer> {
  const { columns, own, facts } = table;
  if (ask.format === 'ndjson') {
    // Its lines name what they say: no need to know all names before the first.
    yield* encodeNdjson([...columns, ...own], table.pages());
    return;
  }
  const all = [...columns, ...((await facts?.()) ?? []), ...own];
  if (ask.format === 'csv') yield* encodeCsv(all, table.pages(), ask);
  else yield* encodeParquet(all, table.pages());
}
