import { condition, setHandler, defineSignal } from '@temporalio/workflow';
import { CONTROL_SIGNAL, EVENT_SIGNAL, type EventSignal, type News } from './contract.ts';

/** Ids of events already taken are remembered, up to this many, against repeated signals. */
const SEEN_MAX = 1_000;

/** The shortest timer there is, in ms. */
const SOON_MS = 1;

/** What came in by signals and was not looked at yet. Open it before the first await. */
export class Inbox {
  readonly #ids: string[] = [];
  readonly #seen = new Set<string>();
  #control = false;

  constructor() {
    setHandler(defineSignal<[EventSignal]>(EVENT_SIGNAL), ({ id }) => {
      this.#receive(id);
    });
    setHandler(defineSignal(CONTROL_SIGNAL), () => {
      this.#control = true;
    });
  }

  #receive(id: string): void {
    if (this.#seen.has(id)) return;
    if (this.#seen.size >= SEEN_MAX) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.add(id);
    this.#ids.push(id);
  }

  get isEmpty(): boolean {
    return this.#ids.length === 0 && !this.#control;
  }

  /** Events go first: an exit must end the run whatever became of its journey. */
  take(): News {
    if (this.#ids.length > 0) return { kind: 'events', ids: this.#ids.splice(0) };
    this.#control = false;
    return { kind: 'control' };
  }

  /** Puts back what was taken and not accounted for; it comes before what arrived since. */
  putBack(news: News): void {
    if (news.kind === 'events') this.#ids.unshift(...news.ids);
    if (news.kind === 'control') this.#control = true;
  }

  /** Resolves once there is news; takes nothing. */
  arrival(): Promise<void> {
    return condition(() => !this.isEmpty);
  }

  /** The next news, or `elapsed` at `wakeAt` (epoch ms; null: only signals end the wait). */
  async next(wakeAt: number | null, summary: string): Promise<News> {
    const hasNews = (): boolean => !this.isEmpty;
    if (hasNews()) return this.take();
    if (wakeAt === null) {
      await condition(hasNews);
      return this.take();
    }
    // Always a timer, be it of a moment: a task that is made anew after it timed out has another
    // `now`, and whether there is a timer must not depend on it, or the history cannot be replayed.
    const waitMs = Math.max(SOON_MS, wakeAt - Date.now());
    const came = await condition(hasNews, waitMs, { summary });
    return came ? this.take() : { kind: 'elapsed' };
  }
}
