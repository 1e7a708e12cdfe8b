import type { StoredRecipient } from '#campaigns/campaign-document.ts';
import type { Wave } from '#domain/campaign/draw-place.ts';

/** Those who are due again are looked for so often, in ms: they wait for a second, or for minutes. */
const LOOK_MS = 1_000;
/**
 * So many who are due again have their turn before one who had none yet. They come first, for their
 * time runs; but a cascade has thousands waiting for receipts, and others are to get it, too.
 */
const AGAIN_IN_A_ROW = 3;

/** Pages of those who are due as of an instant (epoch ms), as they are when they are asked for. */
interface QueueReads {
  /** Those who have had a turn, soonest first. */
  again(now: number): Promise<StoredRecipient[]>;
  /** Those of a wave who have had none, in its order, after one of them. */
  fresh(wave: Wave, now: number, after: StoredRecipient | null): Promise<StoredRecipient[]>;
}

/**
 * Whose turn is next in a campaign. Nobody is met while they are under way. Whoever is to be tried
 * again is met as soon as they are due, however many have not been tried at all.
 */
export class RecipientQueue {
  /** Everybody who was due had a first turn. */
  isFreshDone = false;
  readonly #reads: QueueReads;
  readonly #waves: Wave[];
  readonly #underWay = new Set<string>();
  #again: StoredRecipient[] = [];
  #fresh: StoredRecipient[] = [];
  #after: StoredRecipient | null = null;
  #lookedAt = -Infinity;
  #inARow = 0;

  constructor(reads: QueueReads, waves: readonly Wave[]) {
    this.#reads = reads;
    this.#waves = [...waves];
  }

  /**
   * One at a time, for it reads: the next one, `shut` where there are only newcomers and they may
   * not begin, null where nobody is due.
   */
  async next(now: number, mayBegin: boolean): Promise<StoredRecipient | 'shut' | null> {
    await this.#look(now);
    await this.#fill(now);
    const isFreshTurn = this.#inARow >= AGAIN_IN_A_ROW && mayBegin && this.#fresh.length > 0;
    const again = isFreshTurn ? undefined : this.#again.shift();
    if (again !== undefined) {
      this.#inARow += 1;
      return this.#begun(again);
    }
    if (this.#fresh.length > 0 && !mayBegin) return 'shut';
    this.#inARow = 0;
    const fresh = this.#fresh.shift();
    return fresh === undefined ? null : this.#begun(fresh);
  }

  /** Their turn is over and written down. */
  ended({ _id }: StoredRecipient): void {
    this.#underWay.delete(_id);
  }

  #begun(recipient: StoredRecipient): StoredRecipient {
    this.#underWay.add(recipient._id);
    return recipient;
  }

  async #look(now: number): Promise<void> {
    if (this.#again.length > 0 || now - this.#lookedAt < LOOK_MS) return;
    // Whoever is under way now may stand in the answer as they were before.
    const before = new Set(this.#underWay);
    const page = await this.#reads.again(now);
    this.#again = page.filter(({ _id }) => !before.has(_id));
    // Where there are many there are more behind them.
    this.#lookedAt = this.#again.length > 0 ? -Infinity : now;
  }

  async #fill(now: number): Promise<void> {
    while (this.#fresh.length === 0) {
      const [wave] = this.#waves;
      if (wave === undefined) {
        this.isFreshDone = true;
        return;
      }
      this.#fresh = await this.#reads.fresh(wave, now, this.#after);
      this.#after = this.#fresh.at(-1) ?? null;
      if (this.#after === null) this.#waves.shift();
    }
  }
}
