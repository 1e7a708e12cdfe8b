import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#domain/errors.ts';
import { BATCH_BYTES_MAX, EVENT_BYTES_MAX } from '#domain/event/tracking.ts';
import { OTHER_ORDER, saysTheSame } from '#domain/import/known-order.ts';
import type { RowFault } from '#domain/import/row.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import type { DryRun, ImportPorts } from './import-ports.ts';

/** Calls accepted at once: one turn of the router. */
const CALLS_AT_ONCE = 300;
/** An order of thousands of lines is one event; it may be as large as a whole batch of tracking. */
const ORDER_BYTES_MAX = BATCH_BYTES_MAX;
/**
 * Events waiting to be routed while an import adds more: half a second's work. What live customers do
 * waits behind these, so it is far below the 50,000 at which the shop itself would be refused.
 */
const PENDING_MAX = 2_000;
/** While there is no room, ms between looks. */
const LOOK_EVERY_MS = 50;
/** Where acceptance says to wait and not how long, in ms. */
const PAUSE_MS = 1_000;
/** Ids remembered to see at the end that profiles show them: more than can be waiting. */
const LATEST_MAX = 2 * PENDING_MAX;

/** What delivering needs of the rest of Kairos. */
export type DeliverPorts = Pick<ImportPorts, 'accept' | 'countPending' | 'earlier'>;

/** A call with the rows it stands for. */
export interface Delivery {
  call: JsonObject;
  /** The first of them is told where the call is refused. */
  rows: readonly number[];
  /** An order of a database, of which a pull may read some lines again. */
  mayBePart?: boolean;
}

/** What became of some deliveries: rows taken, and faults with a pointer into the call. */
export interface Delivered {
  accepted: number;
  refused: { rows: readonly number[]; errors: readonly { pointer: string; detail: string }[] }[];
}

export interface DeliverOptions {
  importId: string;
  /** Of a dry run: takes the place of acceptance. */
  dryRun: DryRun | null;
  /** Whether the calls are whole orders, which may be larger than what one row says. */
  isOrders: boolean;
  /** Called at least every few seconds. @throws where the import is to be left. */
  alive: () => Promise<void>;
}

/** Brings calls in by acceptance, no faster than they are worked off. */
export class Deliverer {
  readonly #ports: DeliverPorts;
  readonly #options: DeliverOptions;
  #latest: string[] = [];

  constructor(ports: DeliverPorts, options: DeliverOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Events of the last calls, to see whether all is applied. */
  get latest(): readonly string[] {
    return this.#latest;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<Delivered> {
    const delivered: Delivered = { accepted: 0, refused: [] };
    const fitting: Delivery[] = [];
    const limit = this.#options.isOrders ? ORDER_BYTES_MAX : EVENT_BYTES_MAX;
    for (const delivery of deliveries) {
      const bytes = sizeOf(delivery.call);
      if (bytes > limit) {
        const detail = `The event would be larger than ${String(limit / 1024)} KB.`;
        delivered.refused.push({ rows: delivery.rows, errors: [{ pointer: '#', detail }] });
      } else if (bytes > EVENT_BYTES_MAX) {
        // Alone a call is not held to the limit of a batch's members.
        await this.#send([delivery], delivered);
      } else fitting.push(delivery);
    }
    for (let from = 0; from < fitting.length; from += CALLS_AT_ONCE) {
      await this.#send(fitting.slice(from, from + CALLS_AT_ONCE), delivered);
    }
    return delivered;
  }

  async #send(batch: readonly Delivery[], delivered: Delivered): Promise<void> {
    const calls = batch.map(({ call }) => call);
    const { rejected, ids } = await this.#takeIn(calls);
    const refused = new Map(rejected.map(({ index, errors }) => [index, errors]));
    for (const index of await this.#otherOrders(batch)) {
      if (!refused.has(index)) refused.set(index, [{ pointer: '#', detail: OTHER_ORDER }]);
    }
    for (const [index, { rows }] of batch.entries()) {
      const errors = refused.get(index);
      if (errors === undefined) delivered.accepted += rows.length;
      else delivered.refused.push({ rows, errors });
    }
    this.#latest = [...this.#latest, ...ids].slice(-LATEST_MAX);
  }

  /** Orders that are in by something else, and say something else there: acceptance kept them as they were. */
  async #otherOrders(batch: readonly Delivery[]): Promise<number[]> {
    const { importId, isOrders } = this.#options;
    if (!isOrders) return [];
    const ids = batch.map(({ call: { messageId: id } }) => (typeof id === 'string' ? id : ''));
    const earlier = await this.#ports.earlier(ids, importId);
    return batch.flatMap(({ call, mayBePart = false }, index) => {
      const known = earlier.get(ids[index] ?? '');
      const { properties: said } = call;
      if (known === undefined || !isJsonObject(said)) return [];
      return saysTheSame(known, said, { mayBePart }) ? [] : [index];
    });
  }

  async #takeIn(calls: readonly JsonObject[]) {
    const { importId, dryRun, alive } = this.#options;
    if (dryRun !== null) {
      await alive();
      return dryRun.accept(calls);
    }
    for (;;) {
      await awaitRoom(this.#ports, alive);
      try {
        return await this.#ports.accept(calls, importId);
      } catch (error) {
        if (!isWeather(error)) throw error;
        await alive();
        await sleep(error.retryAfterS === undefined ? PAUSE_MS : error.retryAfterS * 1_000);
      }
    }
  }
}

/** Waits until events that are accepted already are worked off far enough. */
export async function awaitRoom(
  { countPending }: Pick<ImportPorts, 'countPending'>,
  alive: () => Promise<void>,
): Promise<void> {
  while ((await countPending(PENDING_MAX)) >= PENDING_MAX) {
    await alive();
    await sleep(LOOK_EVERY_MS);
  }
}

function isWeather(error: unknown): error is DomainError {
  if (!(error instanceof DomainError)) return false;
  return error.code === 'too-many-requests' || error.code === 'unavailable';
}

function sizeOf(call: JsonObject): number {
  const text = JSON.stringify(call);
  return text.length * 3 <= EVENT_BYTES_MAX ? text.length : Buffer.byteLength(text);
}

/** The faults of refused calls, one a row. */
export function faultsOfRows(
  { refused }: Delivered,
  explain: (errors: Delivered['refused'][number]['errors']) => Omit<RowFault, 'row'>,
): RowFault[] {
  return refused.flatMap(({ rows, errors }) => {
    const told = explain(errors);
    return rows.map((row) => ({ row, ...told }));
  });
}
