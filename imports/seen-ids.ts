import { DomainError } from '#domain/errors.ts';

/** Ids told apart: 40 MB of what they are hashed to. */
export const SEEN_MAX = 5_000_000;

/** Hexadecimal figures that 64 bits have; of a million ids two share them with probability 3e-8. */
const FIGURES = 16;
const FIRST_ROOM = 1_024;

/** Remembers which ids a file named, in little room however long they are. */
export class SeenIds {
  readonly #hash: (text: string) => string;
  #marks = new BigUint64Array(FIRST_ROOM);
  #count = 0;
  #isSorted = true;

  /** `hash` gives hexadecimal text, FIGURES or more. */
  constructor(hash: (text: string) => string) {
    this.#hash = hash;
  }

  /** @throws DomainError `too-large` for more than SEEN_MAX. */
  add(id: string): void {
    if (this.#count >= SEEN_MAX) {
      const detail = `What is missing can be told of up to ${String(SEEN_MAX)} rows.`;
      throw new DomainError('too-large', detail);
    }
    if (this.#count === this.#marks.length) {
      const wider = new BigUint64Array(Math.min(SEEN_MAX, this.#count * 2));
      wider.set(this.#marks);
      this.#marks = wider;
    }
    this.#marks[this.#count] = this.#markOf(id);
    this.#count += 1;
    this.#isSorted = false;
  }

  has(id: string): boolean {
    if (!this.#isSorted) {
      this.#marks = this.#marks.slice(0, this.#count).sort();
      this.#isSorted = true;
    }
    const mark = this.#markOf(id);
    let [low, high] = [0, this.#count - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#marks[middle] ?? 0n;
      if (found === mark) return true;
      if (found < mark) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }

  #markOf(id: string): bigint {
    return BigInt(`0x${this.#hash(id).slice(0, FIGURES)}`);
  }
}
