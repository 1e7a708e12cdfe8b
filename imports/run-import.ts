import { DomainError } from '#domain/errors.ts';
import { faultOfCall } from '#domain/import/call-faults.ts';
import type { RowFrame } from '#domain/import/cell-reader.ts';
import { parseImportMap } from '#domain/import/import-map.ts';
import { gatherOrder, ORDER_LINES_MAX, type OrderLine } from '#domain/import/order-lines.ts';
import { planImport, type ImportPlan } from '#domain/import/plan-import.ts';
import { readRow, type Taken } from '#domain/import/read-row.ts';
import type { Row } from '#domain/import/row.ts';
import { Tally } from '#domain/import/tally.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import { archiveMissing } from './archive-missing.ts';
import { Deliverer, faultsOfRows, type Delivery } from './deliver-calls.ts';
import { isFeed, type Checkpoint, type StoredImport } from './import-document.ts';
import type { ImportPorts } from './import-ports.ts';
import { openTable } from './open-table.ts';

/** Orders made into events at once, or lines of large ones. */
const LINES_AT_ONCE = 3_000;
/** Between checkpoints while lines are staged, in ms: at most so much is read again after a crash. */
const SAVE_EVERY_MS = 1_000;
/** Between signs of life while nothing else is written, in ms. */
const BEAT_EVERY_MS = 2_000;
/** At the end profiles are waited for this long: a router works off thousands of events in that time. */
const APPLIED_WITHIN_MS = 60_000;

/** The import is another process's now, or this one is asked to end. */
export class Left extends Error {}

/** Works on one import from its checkpoint to its end. */
export class ImportRun {
  readonly #ports: ImportPorts;
  readonly #made: StoredImport;
  readonly #owner: string;
  readonly #ending: AbortSignal;
  readonly #tally: Tally;
  readonly #plan: ImportPlan;
  readonly #frame: RowFrame;
  readonly #deliverer: Deliverer;
  #place: Checkpoint;
  #beatenAt: number;
  #archived: number | undefined;

  /** @throws DomainError where the map no longer fits, which only another version could cause. */
  constructor(ports: ImportPorts, made: StoredImport, owner: string, ending: AbortSignal) {
    const { _id: importId, as, columns, map, dryRun, stage, row, orderId } = made;
    this.#ports = ports;
    this.#made = made;
    this.#owner = owner;
    this.#ending = ending;
    this.#place = { stage, row, orderId };
    this.#beatenAt = ports.clock();
    const { rows, accepted, rejected, skipped } = made;
    this.#tally = new Tally(
      { rows, accepted, rejected, skipped },
      made.cleaned,
      made.errors.length,
    );
    const parsed = map === null ? null : parseImportMap(JSON.parse(map));
    const defaults = { ...ports.defaults, isFeed: isFeed(made.format) };
    this.#plan = planImport(as, columns, parsed, defaults);
    this.#frame = { importId, saidAt: made.createdAt, tools: ports.tools };
    this.#deliverer = new Deliverer(ports, {
      importId,
      dryRun,
      isOrders: as === 'orders',
      alive: () => this.#alive(),
    });
  }

  /**
   * Resolves once everything is in and profiles show it: from then on neither file nor staged lines
   * are needed, whoever goes on. @throws Left, DomainError
   */
  async run(): Promise<void> {
    if (this.#place.stage === 'rows') await this.#readRows();
    if (this.#place.stage === 'orders') await this.#gatherOrders();
    if (this.#place.stage === 'missing') await this.#archiveMissing();
    if (!this.#made.dryRun && this.#deliverer.latest.length > 0) await this.#awaitApplied();
    await this.#save({ ...this.#place, stage: 'done' });
  }

  async #readRows(): Promise<void> {
    const { _id: id, bytes } = this.#made;
    const table = openTable(this.#made, this.#ports.uploads.open(id, bytes), this.#plan);
    for await (const rows of table.rows(this.#place.row)) {
      await this.#takeRows(rows);
      const place: Checkpoint = { stage: 'rows', row: rows.at(-1)?.number ?? 0, orderId: null };
      if (this.#isSaveDue()) await this.#save(place);
      else this.#place = place;
    }
    if (this.#made.as === 'orders') await this.#save({ ...this.#place, stage: 'orders' });
    if (this.#made.missing === 'archive') await this.#save({ ...this.#place, stage: 'missing' });
  }

  async #archiveMissing(): Promise<void> {
    const { _id: id, bytes } = this.#made;
    this.#archived = await archiveMissing({
      ports: this.#ports,
      made: this.#made,
      plan: this.#plan,
      table: openTable(this.#made, this.#ports.uploads.open(id, bytes), this.#plan),
      alive: () => this.#alive(),
    });
  }

  async #takeRows(rows: readonly Row[]): Promise<void> {
    const deliveries: Delivery[] = [];
    const lines: OrderLine[] = [];
    const products: { said: ProductSaid; row: number }[] = [];
    const sort = (taken: Taken, row: number): void => {
      if ('call' in taken) deliveries.push({ call: taken.call, rows: [row] });
      else if ('line' in taken) lines.push(taken.line);
      else products.push({ said: taken.product, row });
    };
    this.#tally.read(rows.length);
    for (const row of rows) {
      const read = readRow(this.#plan, row, this.#frame);
      if (read.outcome === 'skipped') this.#tally.skip();
      else if (read.outcome === 'rejected') this.#tally.reject(read.fault);
      else {
        this.#tally.clean(row.number, read.changes);
        sort(read.taken, row.number);
      }
    }
    await this.#deliver(deliveries);
    await this.#ports.lines.insert(this.#made._id, lines, this.#ports.clock());
    if (!this.#made.dryRun) {
      const said = products.map((product) => product.said);
      await this.#ports.putProducts(said, this.#ports.clock());
    }
    this.#tally.accept(products.length);
  }

  async #deliver(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const delivered = await this.#deliverer.deliver(deliveries);
    this.#tally.accept(delivered.accepted);
    const faults = faultsOfRows(delivered, (errors) => faultOfCall(this.#plan, errors));
    for (const fault of faults) this.#tally.reject(fault);
  }

  /** All orders, each out of all its lines, a few thousand lines at a time. */
  async #gatherOrders(): Promise<void> {
    let deliveries: Delivery[] = [];
    let held = 0;
    let last: string | null = null;
    for await (const order of ordersOf(
      this.#ports.lines.sorted(this.#made._id, this.#place.orderId),
    )) {
      this.#takeOrder(order, deliveries);
      held += order.length;
      last = order[0]?.orderId ?? last;
      if (held < LINES_AT_ONCE) continue;
      await this.#deliver(deliveries);
      await this.#save({ ...this.#place, orderId: last });
      [deliveries, held] = [[], 0];
    }
    await this.#deliver(deliveries);
    await this.#save({ ...this.#place, orderId: last ?? this.#place.orderId });
  }

  #takeOrder(order: readonly OrderLine[], deliveries: Delivery[]): void {
    const rows = order.map(({ row }) => row);
    if (order.length > ORDER_LINES_MAX) {
      const detail = `The order has more than ${String(ORDER_LINES_MAX)} lines.`;
      for (const row of rows) this.#tally.reject({ row, column: null, detail });
      return;
    }
    const gathered = gatherOrder(order, this.#ports.tools.hash);
    if ('call' in gathered) deliveries.push({ call: gathered.call, rows });
    else for (const fault of gathered.faults) this.#tally.reject(fault);
  }

  async #awaitApplied(): Promise<void> {
    const giveUpAt = this.#ports.clock() + APPLIED_WITHIN_MS;
    while (!(await this.#ports.awaitApplied(this.#deliverer.latest, BEAT_EVERY_MS))) {
      if (this.#ports.clock() > giveUpAt) return;
      await this.#alive();
    }
  }

  /** Staging lines is quicker than a durable checkpoint; what is staged again is staged once. */
  #isSaveDue(): boolean {
    if (this.#made.as !== 'orders' || this.#ending.aborted) return true;
    return this.#ports.clock() - this.#beatenAt >= SAVE_EVERY_MS;
  }

  async #save(place: Checkpoint): Promise<void> {
    const { counts, cleaned } = this.#tally;
    const news = this.#tally.takeNews();
    const now = this.#ports.clock();
    const archived = this.#archived === undefined ? {} : { archived: this.#archived };
    const progress = { ...counts, ...place, ...archived, cleaned, news };
    const isOurs = await this.#ports.store.save(this.#made._id, this.#owner, now, progress);
    if (!isOurs) throw new Left();
    this.#place = place;
    this.#beatenAt = now;
    if (this.#ending.aborted) throw new Left();
  }

  async #alive(): Promise<void> {
    if (this.#ending.aborted) throw new Left();
    const now = this.#ports.clock();
    if (now - this.#beatenAt < BEAT_EVERY_MS) return;
    this.#beatenAt = now;
    if (!(await this.#ports.store.beat(this.#made._id, this.#owner, now))) throw new Left();
  }
}

/** Lines in the order of their orders as whole orders; of an endless one no more than is refused. */
async function* ordersOf(lines: AsyncIterable<OrderLine>): AsyncGenerator<readonly OrderLine[]> {
  let order: OrderLine[] = [];
  for await (const line of lines) {
    if (order[0] !== undefined && order[0].orderId !== line.orderId) {
      yield order;
      order = [];
    }
    order.push(line);
  }
  if (order.length > 0) yield order;
}

/** A sentence for whoever asked, and nothing of the file; null where time may cure it. */
export function failureOf(error: unknown): string | null {
  if (!(error instanceof DomainError)) return null;
  const isWeather = error.code === 'unavailable' || error.code === 'too-many-requests';
  return isWeather ? null : error.message;
}
