import { faultOfCall } from '#domain/import/call-faults.ts';
import type { RowFrame } from '#domain/import/cell-reader.ts';
import { gatherOrder, ORDER_LINES_MAX, type OrderLine } from '#domain/import/order-lines.ts';
import { orderNotes } from '#domain/import/order-notes.ts';
import type { ImportPlan } from '#domain/import/import-plan.ts';
import { readRow, type Taken } from '#domain/import/read-row.ts';
import type { Row } from '#domain/import/row.ts';
import type { Tally } from '#domain/import/tally.ts';
import { ATTRIBUTES_MAX, type ProductSaid } from '#domain/product/product.ts';
import { Deliverer, faultsOfRows, type Delivery, type DeliverPorts } from './deliver-calls.ts';
import type { DryRun, ImportPorts } from './import-ports.ts';

/** Orders made into events at once, or lines of large ones. */
const LINES_AT_ONCE = 3_000;

/** Of a product with more attributes than one may have, those that came before stay. */
const NO_ROOM = {
  column: 'attributes',
  change: `left out: a product has at most ${String(ATTRIBUTES_MAX)}`,
};

/** What taking rows in needs of the rest of Kairos. */
export type TakePorts = DeliverPorts &
  Pick<ImportPorts, 'lines' | 'hashes' | 'putProducts' | 'tools' | 'clock'>;

export interface TakeOptions {
  frame: RowFrame;
  /** What events are marked with, and lines of orders and hashes are staged under. */
  stagedAs: string;
  tally: Tally;
  /** Of a dry run: takes the place of everything that writes. */
  dryRun: DryRun | null;
  isOrders: boolean;
  /** Called at least every few seconds. @throws where the work is to be left. */
  alive: () => Promise<void>;
}

/** Takes in rows as their plan reads them, whatever table they come from. */
export class RowTaker {
  readonly #ports: TakePorts;
  readonly #options: TakeOptions;
  readonly #deliverer: Deliverer;

  constructor(ports: TakePorts, options: TakeOptions) {
    this.#ports = ports;
    this.#options = options;
    const { stagedAs: importId, dryRun, isOrders, alive } = options;
    this.#deliverer = new Deliverer(ports, { importId, dryRun, isOrders, alive });
  }

  /** Events of the last rows, to see whether all is applied. */
  get latest(): readonly string[] {
    return this.#deliverer.latest;
  }

  /** Lines of orders are staged only: `gatherOrders` makes events of them. */
  async takeRows(plan: ImportPlan, rows: readonly Row[]): Promise<void> {
    const { tally, frame, stagedAs, dryRun } = this.#options;
    const deliveries: Delivery[] = [];
    const lines: OrderLine[] = [];
    const products: { said: ProductSaid; row: number }[] = [];
    const hashes: string[] = [];
    const sort = (taken: Taken, row: number): void => {
      if ('call' in taken) deliveries.push({ call: taken.call, rows: [row] });
      else if ('line' in taken) lines.push(taken.line);
      else if ('hash' in taken) hashes.push(taken.hash);
      else products.push({ said: taken.product, row });
    };
    tally.read(rows.length);
    for (const row of rows) {
      const read = readRow(plan, row, frame);
      if (read.outcome === 'skipped') tally.skip();
      else if (read.outcome === 'rejected') tally.reject(read.fault);
      else {
        tally.clean(row.number, read.changes);
        sort(read.taken, row.number);
      }
    }
    await this.#deliver(plan, deliveries);
    await this.#ports.lines.insert(stagedAs, lines, this.#ports.clock());
    await this.#ports.hashes.insert(stagedAs, hashes, this.#ports.clock());
    const said = products.map((one) => one.said);
    const put = await (dryRun ?? this.#ports).putProducts(said, this.#ports.clock());
    tally.accept(products.length + hashes.length);
    for (const [at, { row }] of products.entries()) {
      if ((put[at]?.leftOut ?? 0) > 0) tally.clean(row, [NO_ROOM]);
    }
  }

  /**
   * All staged orders after one, each out of all its lines, a few thousand lines at a time. `saved`
   * is told the last order that is in, after each of these.
   */
  async gatherOrders(
    plan: ImportPlan,
    after: string | null,
    saved: (orderId: string | null) => Promise<void>,
  ): Promise<void> {
    let deliveries: Delivery[] = [];
    let held = 0;
    let last = after;
    const lines = this.#ports.lines.sorted(this.#options.stagedAs, after);
    for await (const order of ordersOf(lines)) {
      this.#takeOrder(plan, order, deliveries);
      held += order.length;
      last = order[0]?.orderId ?? last;
      if (held < LINES_AT_ONCE) continue;
      await this.#deliver(plan, deliveries);
      await saved(last);
      [deliveries, held] = [[], 0];
    }
    await this.#deliver(plan, deliveries);
    await saved(last);
  }

  async #deliver(plan: ImportPlan, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { tally } = this.#options;
    const delivered = await this.#deliverer.deliver(deliveries);
    tally.accept(delivered.accepted);
    for (const fault of faultsOfRows(delivered, (errors) => faultOfCall(plan, errors))) {
      tally.reject(fault);
    }
  }

  #takeOrder(plan: ImportPlan, order: readonly OrderLine[], deliveries: Delivery[]): void {
    const { tally, frame } = this.#options;
    const rows = order.map(({ row }) => row);
    if (order.length > ORDER_LINES_MAX) {
      const detail = `The order has more than ${String(ORDER_LINES_MAX)} lines.`;
      for (const row of rows) tally.reject({ row, column: null, detail });
      return;
    }
    const gathered = gatherOrder(order, frame.tools.hash);
    const mayBePart = order.some(({ key }) => key !== undefined);
    if ('faults' in gathered) {
      for (const fault of gathered.faults) tally.reject(fault);
      return;
    }
    deliveries.push({ call: gathered.call, rows, mayBePart });
    const notes = orderNotes(order, plan);
    if (notes.length > 0) for (const row of rows) tally.clean(row, notes);
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
