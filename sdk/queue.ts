import type { Keep } from './keep.ts';
import type { Post } from './post.ts';

/** Calls that wait on one device; of more the oldest is forgotten. */
const WAITING_MAX = 500;
/** Calls in one batch: well under Kairos' 500 KB, and what a page that is left may still send (64 KB). */
const BATCH_MAX = 20;
const BATCH_CHARACTERS_MAX = 50_000;
/** Between tries, in ms: doubled with each that failed. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 300_000;
/** Calls of one moment go out together, in ms. */
const GATHER_MS = 50;

/** Each call stands by itself, so that no tab overwrites what another one said. */
const PREFIX = 'call.';

/**
 * What was said and is not told yet: kept until Kairos has taken it, through reloads and times
 * without a network. A call that is told twice is one call, by its messageId.
 */
export class Queue {
  readonly #keep: Keep;
  readonly #post: Post;
  #place = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | null = null;

  constructor(keep: Keep, post: Post) {
    this.#keep = keep;
    this.#post = post;
  }

  add(call: { messageId: string }): void {
    this.#place += 1;
    const at = Date.now().toString(36).padStart(9, '0');
    const place = this.#place.toString(36).padStart(4, '0');
    this.#keep.set(`${PREFIX}${at}.${place}.${call.messageId}`, JSON.stringify(call));
    const names = this.#keep.names(PREFIX);
    for (const name of names.slice(0, Math.max(0, names.length - WAITING_MAX))) {
      this.#keep.remove(name);
    }
    this.#later(GATHER_MS);
  }

  /** Tells what waits, all of it or until something fails; `leaving`: the page may be gone before the answer. */
  async flush(leaving = false): Promise<void> {
    if (!this.#keep.isGranted) return;
    // A page that is left does not wait for the call before.
    if (leaving) {
      await this.#sendNext(true);
      return;
    }
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (await this.#sendNext(false)) {
      // One batch after the other, in order.
    }
  }

  /** True when a batch was dealt with and there may be more. */
  async #sendNext(leaving: boolean): Promise<boolean> {
    const names = this.#batch();
    if (names.length === 0) return false;
    const batch = names.map((name): unknown => JSON.parse(this.#keep.get(name) ?? 'null'));
    const answer = await this.#post('/v1/b', { batch: batch.filter(Boolean) }, leaving);
    if (answer === 'repeat' || typeof answer === 'number') {
      this.#failures += 1;
      const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#failures);
      // Not all browsers of a shop at once.
      this.#later(typeof answer === 'number' ? answer : wait * (0.5 + Math.random() / 2));
      return false;
    }
    this.#failures = 0;
    for (const name of names) this.#keep.remove(name);
    return true;
  }

  #batch(): string[] {
    const names: string[] = [];
    let characters = 0;
    for (const name of this.#keep.names(PREFIX).slice(0, BATCH_MAX)) {
      characters += (this.#keep.get(name) ?? '').length;
      if (names.length > 0 && characters > BATCH_CHARACTERS_MAX) break;
      names.push(name);
    }
    return names;
  }

  #later(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, ms);
  }
}
