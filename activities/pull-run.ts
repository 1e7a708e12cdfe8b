import { planImport } from '#domain/import/plan-import.ts';
import type { Row, RowFault } from '#domain/import/row.ts';
import { Tally } from '#domain/import/tally.ts';
import { nextPageRows, PAGE_ROWS_FIRST } from '#domain/source/page-rows.ts';
import { keyShown, type Place } from '#domain/source/place.ts';
import type { Source } from '#domain/source/source.ts';
import { RowTaker } from '#imports/take-rows.ts';
import { PageReader, type PageTable } from '#sources/page-table.ts';
import type { PullFault, PullPlace, StoredPull, StoredSource } from '#sources/source-document.ts';
import type { SourcePage, SourceReader } from '#sources/source-reader.ts';
import { definitionOf } from '#sources/source-store.ts';
import type { PullDeps, PullTry } from './pull-deps.ts';

/** At the end profiles are waited for this long: a router works off thousands of events in that time. */
const APPLIED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 2_000;

/** This process is to end: another goes on from the last page. */
export class Left extends Error {}
/** A later try of this pull goes on with it. */
export class Overtaken extends Error {}
/** The source is another than when this pull began. */
export class Superseded extends Error {}

interface Begun {
  source: StoredSource;
  pull: StoredPull;
  turn: PullTry;
}

/** Works on one pull from its last page to its end. */
export class PullRun {
  readonly #deps: PullDeps;
  readonly #begun: Begun;
  readonly #source: Source;
  readonly #tally: Tally;
  readonly #taker: RowTaker;
  readonly #ignored: Set<string>;
  #place: PullPlace;
  /** Keys of the rows of the page in hand, by their numbers. */
  #keys = new Map<number, string | null>();

  constructor(deps: PullDeps, begun: Begun) {
    const { pull } = begun;
    this.#deps = deps;
    this.#begun = begun;
    this.#source = definitionOf(begun.source);
    const { rows, accepted, rejected, skipped } = pull;
    const counts = { rows, accepted, rejected, skipped };
    this.#tally = new Tally(counts, pull.cleaned, pull.errors.length);
    this.#ignored = new Set(pull.ignored);
    this.#place = { stage: pull.stage, place: pull.place, orderId: pull.orderId };
    this.#taker = new RowTaker(deps.take, {
      frame: { importId: `source:${pull.source}`, saidAt: pull.startedAt, tools: deps.take.tools },
      stagedAs: pull._id,
      tally: this.#tally,
      dryRun: null,
      isOrders: this.#source.as === 'orders',
      alive: () => this.#checkEnding(),
    });
  }

  /** Resolves once every row is in and profiles show it. @throws Left, Overtaken, Superseded, DomainError */
  async run(): Promise<void> {
    if (this.#begun.source.revision !== this.#begun.pull.revision) throw new Superseded();
    if (this.#place.stage === 'rows') await this.#readRows();
    if (this.#place.stage === 'orders') await this.#gatherOrders();
    if (this.#taker.latest.length > 0) await this.#awaitApplied();
    await this.#save({ ...this.#place, stage: 'done' });
  }

  async #readRows(): Promise<void> {
    const reader = await this.#deps.open(this.#source);
    const { defaults, take } = this.#deps;
    const frame = { source: this.#source, defaults, hash: take.tools.hash };
    const pages = new PageReader(frame);
    try {
      let limit = PAGE_ROWS_FIRST;
      let after = this.#beginning(reader);
      for (;;) {
        const page = await reader.readPage(after, limit);
        const last = page.rows.at(-1);
        if (last !== undefined) {
          const table = pages.read(page, this.#tally.counts.rows);
          await this.#takePage(page, table);
          after = last.place;
          await this.#save({ stage: 'rows', place: after, orderId: null });
          limit = nextPageRows(limit, { rows: page.rows.length, chars: table.chars });
        }
        if (page.isLast) break;
        await this.#checkEnding();
      }
    } finally {
      await reader.close();
    }
    if (this.#source.as === 'orders') await this.#save({ ...this.#place, stage: 'orders' });
  }

  /** After a crash the last page; else a little before where the last pull ended. */
  #beginning(reader: SourceReader): Place | null {
    const { rows, place, from, reachedAt } = this.#begun.pull;
    if (rows > 0) return place;
    const cursor = 'cursor' in this.#source ? this.#source.cursor : undefined;
    return from === null ? null : reader.back(from, { lookBack: cursor?.lookBack, reachedAt });
  }

  async #takePage(page: SourcePage, { plan, rows }: PageTable): Promise<void> {
    this.#keys = new Map(
      rows.map(({ number }, at) => {
        const place = page.rows[at]?.place;
        return [number, place === undefined ? null : keyShown(place)];
      }),
    );
    for (const column of plan.ignored) this.#ignored.add(column);
    const isSheet = this.#source.kind === 'google-sheets';
    await this.#taker.takeRows(plan, isSheet ? await this.#versioned(rows) : rows);
  }

  /** Rows without a cursor are known by how often they were changed; those that cannot be taken say nothing. */
  async #versioned(all: readonly Row[]): Promise<Row[]> {
    const { hash } = this.#deps.take.tools;
    const rows = all.filter(({ fault }) => fault === undefined);
    const said = rows.map(({ cells, origin }) => ({
      key: hash(origin?.key ?? ''),
      hash: hash(JSON.stringify(cells)),
    }));
    const versions = await this.#deps.memory.versions(this.#begun.pull.source, said);
    const versionOf = new Map(rows.map((row, at) => [row, String(versions[at])]));
    return all.map((row) => {
      const value = versionOf.get(row);
      return value === undefined ? row : { ...row, origin: { key: row.origin?.key ?? '', value } };
    });
  }

  async #gatherOrders(): Promise<void> {
    // Gathering reads no column any more: the plan only names them in faults.
    const none = {
      order_id: { value: '' },
      external_id: { value: '' },
      at: { value: '' },
      revenue: { value: 0 },
    };
    const plan = planImport('orders', [], none, this.#deps.defaults);
    await this.#taker.gatherOrders(plan, this.#place.orderId, async (orderId) => {
      await this.#save({ ...this.#place, orderId });
    });
  }

  async #awaitApplied(): Promise<void> {
    const giveUpAt = this.#deps.clock() + APPLIED_WITHIN_MS;
    while (!(await this.#deps.awaitApplied(this.#taker.latest, LOOK_EVERY_MS))) {
      if (this.#deps.clock() > giveUpAt) return;
      await this.#checkEnding();
    }
  }

  async #save(place: PullPlace): Promise<void> {
    const { pull, turn } = this.#begun;
    const { counts, cleaned } = this.#tally;
    const news = this.#tally.takeNews().map((fault) => this.#withKey(fault));
    const ignored = [...this.#ignored];
    const progress = { ...counts, ...place, cleaned, ignored, news };
    if (!(await this.#deps.pulls.save(pull._id, turn.attempt, progress))) throw new Overtaken();
    this.#place = place;
    const now = await this.#deps.sources.find(pull.source);
    if (now?.revision !== pull.revision) throw new Superseded();
  }

  #withKey(fault: RowFault): PullFault {
    return { ...fault, key: this.#keys.get(fault.row) ?? null };
  }

  #checkEnding(): Promise<void> {
    return this.#begun.turn.isEnding() ? Promise.reject(new Left()) : Promise.resolve();
  }
}
