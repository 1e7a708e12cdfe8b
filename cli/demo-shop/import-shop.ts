import type { JsonObject } from '#domain/json.ts';
import { parseDuration } from '#domain/time/duration.ts';
import { DemoError, type KairosClient } from '../demo/kairos-client.ts';
import { derivePeople } from './derive-people.ts';
import { cartLeavers, fillCart, type Resident } from './fill-carts.ts';
import type { ImportMark } from './import-mark.ts';
import type { Cut } from './read-cut.ts';
import { shopCalendar, yesterdayOf } from './shop-calendar.ts';
import { type Shop, tellHousehold } from './tell-household.ts';

/** Households under way at once: more would only queue in front of the router. */
const LANES_ALONE = 3;
/** The same while live customers are to be answered in time: at most one request of ours waits. */
const LANES_BESIDE_OTHERS = 1;
/** Between two looks whether a household's orders have been applied, in ms. */
const LOOK_EVERY_MS = 120;
/** Kairos applies a household within a second; after this long something is wrong. */
const APPLIED_WITHIN_MS = 120_000;
/**
 * Beside others, a household that took this long is followed by a pause as long; one that took
 * twice as long by one four times as long. An idle machine needs about half of it.
 */
const EVEN_SHARE_MS = 500;
const PAUSE_MAX_MS = 8_000;
/** Progress is told this often, in ms. */
const TELL_EVERY_MS = 5_000;
/** As in library/journeys/reactivation.yaml. */
const SLEEP_MS = parseDuration('P60D').ms;
/** Who falls asleep while the shop comes in counts as asleep already. */
const SLEEP_SOON_MS = 120_000;

export interface ImportDeps {
  client: KairosClient;
  send(calls: readonly JsonObject[]): Promise<void>;
  sleep(ms: number): Promise<unknown>;
  now(): number;
  tell(line: string): void;
  /** Whether somebody else's customers are waited for just now. */
  isBeside(): boolean;
  mark: ImportMark;
}

/** A year of a retailer's households on its way into Kairos, by the API alone. */
export class ShopImport {
  readonly residents: readonly Resident[];
  readonly leavers: readonly Resident[];
  readonly shop: Shop;
  readonly #deps: ImportDeps;
  readonly #cut: Cut;
  /** Another start began it: those who are there already are passed over. */
  readonly #isResumed: boolean;
  readonly #orders: number;
  #ordersIn = 0;
  #ordersSent = 0;
  #householdsIn = 0;
  #sendingMs = 0;
  #toldAt: number;

  constructor(deps: ImportDeps, cut: Cut) {
    const begun = deps.mark.read();
    const lastDay = begun ?? yesterdayOf(deps.now());
    if (begun === null) deps.mark.write(lastDay);
    this.#deps = deps;
    this.#cut = cut;
    this.#isResumed = begun !== null;
    const { households, products, campaigns, lastAt } = cut;
    const people = derivePeople(households, Number(lastDay.slice(0, 4)));
    this.residents = households.flatMap((household, index) => {
      const person = people[index];
      return person === undefined ? [] : [{ household, person }];
    });
    this.leavers = cartLeavers(this.residents, lastAt);
    this.shop = { products, campaigns, calendar: shopCalendar(lastAt, lastDay) };
    this.#orders = households.reduce((sum, { baskets }) => sum + baskets.length, 0);
    this.#toldAt = deps.now();
  }

  /** When a household's last order was made, epoch ms. */
  lastOrderAt({ household }: Resident): number {
    return Date.parse(this.shop.calendar.instant(household.baskets.at(-1)?.[1] ?? 0));
  }

  /** When a household will not have ordered for sixty days, epoch ms. */
  asleepAt(resident: Resident): number {
    return this.lastOrderAt(resident) + SLEEP_MS;
  }

  /**
   * Brings in those who are asleep already. To be done before the journeys are published: whose
   * sleep began before does not count as falling asleep, and nobody is written to for it.
   */
  async bringAsleep(): Promise<void> {
    await this.#bring(this.residents.filter((one) => this.#isAsleep(one)));
  }

  /** Brings in everybody else, then lets some of them leave something in the cart. */
  async bringAwake(): Promise<void> {
    await this.#bring(this.residents.filter((one) => !this.#isAsleep(one)));
    await this.#deps.send(this.leavers.map((one) => fillCart(this.#cut.products, one)));
    this.#deps.mark.remove();
  }

  // Asked once for each household: nobody may fall between the two while time goes on.
  readonly #asleep = new Map<Resident, boolean>();
  #isAsleep(resident: Resident): boolean {
    const known = this.#asleep.get(resident);
    if (known !== undefined) return known;
    const isAsleep = this.asleepAt(resident) <= this.#deps.now() + SLEEP_SOON_MS;
    this.#asleep.set(resident, isAsleep);
    return isAsleep;
  }

  async #bring(residents: readonly Resident[]): Promise<void> {
    const queue = [...residents];
    const startedAt = this.#deps.now();
    const lanes = Array.from({ length: LANES_ALONE }, (_, lane) =>
      this.#walk(queue, lane, startedAt),
    );
    await Promise.all(lanes);
    this.#sendingMs += this.#deps.now() - startedAt;
  }

  /** One lane: takes households until none is left, or until something fails in any lane. */
  async #walk(queue: Resident[], lane: number, startedAt: number): Promise<void> {
    while (queue.length > 0) {
      if (lane >= LANES_BESIDE_OTHERS && this.#deps.isBeside()) {
        await this.#deps.sleep(LOOK_EVERY_MS);
        continue;
      }
      const next = queue.shift();
      if (next === undefined) return;
      const begunAt = this.#deps.now();
      try {
        await this.#bringOne(next);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
      this.#tellProgress(startedAt);
      if (this.#deps.isBeside()) await this.#deps.sleep(pauseAfter(this.#deps.now() - begunAt));
    }
  }

  async #bringOne(resident: Resident): Promise<void> {
    const { household, person } = resident;
    const orders = household.baskets.length;
    const isThere = this.#isResumed && (await this.#ordersOf(person.userId)) >= orders;
    if (!isThere) {
      await this.#deps.send(tellHousehold(this.shop, household, person));
      await this.#untilApplied(person.userId, orders);
      this.#ordersSent += orders;
    }
    this.#ordersIn += orders;
    this.#householdsIn += 1;
  }

  /** How many orders Kairos knows of; 0 too while it gives no answer, for it may be starting anew. */
  async #ordersOf(userId: string): Promise<number> {
    const profile = await this.#deps.client.profile(userId).catch((error: unknown) => {
      if (error instanceof DemoError) return null;
      throw error;
    });
    const count = profile?.traits.orders_count;
    return typeof count === 'number' ? count : 0;
  }

  /** Nothing more is sent before this is applied: what the shop's live customers do comes first. */
  async #untilApplied(userId: string, orders: number): Promise<void> {
    const giveUpAt = this.#deps.now() + APPLIED_WITHIN_MS;
    while ((await this.#ordersOf(userId)) < orders) {
      if (this.#deps.now() > giveUpAt) {
        throw new DemoError('The orders of a household were taken and never applied.');
      }
      await this.#deps.sleep(LOOK_EVERY_MS);
    }
  }

  #tellProgress(startedAt: number): void {
    const now = this.#deps.now();
    if (now - this.#toldAt < TELL_EVERY_MS || this.#ordersIn >= this.#orders) return;
    this.#toldAt = now;
    const percent = Math.floor((this.#ordersIn / this.#orders) * 100);
    const perOrderMs = (this.#sendingMs + now - startedAt) / Math.max(1, this.#ordersSent);
    const leftS = Math.ceil((perOrderMs * (this.#orders - this.#ordersIn)) / 1000);
    const done = `${String(this.#householdsIn)} of ${String(this.residents.length)} households`;
    const left = this.#ordersSent === 0 ? '' : `, about ${String(leftS)} s left`;
    this.#deps.tell(`The shop's year: ${done} are in (${String(percent)} % of the orders${left}).`);
  }
}

/** The slower a machine takes in a household, the longer it is left to others, in ms. */
function pauseAfter(tookMs: number): number {
  return Math.min((tookMs * tookMs) / EVEN_SHARE_MS, PAUSE_MAX_MS);
}
