/**
 * First tasks of runs that this process has been given and not done yet, at most. A start brings its
 * first task back with the answer (eager start) only while this process has a free slot; else the
 * task goes through a queue, is written once more and polled for. Under load every third start did:
 * measured, 37 runs a second instead of 54. Fewer than half of the slots, for with 64 it was so still.
 */
const FIRST_TASKS_MAX = 40;
/** A start waits no longer than this for its turn: pace saves work, and holds nothing up. */
const TURN_WITHIN_MS = 1_000;
/** A first task that was not heard of for so long is counted no more. */
const FORGOTTEN_AFTER_MS = 10_000;

/** Keeps the starts of runs in step with how fast this process does their first tasks. */
export class StartPace {
  readonly #open = new Map<string, NodeJS.Timeout>();
  readonly #waiting: (() => void)[] = [];

  /** Makes a start in its turn; it says whether this process was given the first task at once. */
  async start(runId: string, start: () => Promise<{ isEager: boolean }>): Promise<void> {
    if (this.#open.size >= FIRST_TASKS_MAX) await this.#turn();
    this.#take(runId);
    try {
      const { isEager } = await start();
      if (!isEager) this.done(runId);
    } catch (error) {
      this.done(runId);
      throw error;
    }
  }

  /** The first task of a run is done, or somebody else's. */
  done(runId: string): void {
    const timer = this.#open.get(runId);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#open.delete(runId);
    this.#waiting.shift()?.();
  }

  #take(runId: string): void {
    clearTimeout(this.#open.get(runId));
    const forget = setTimeout(() => {
      this.done(runId);
    }, FORGOTTEN_AFTER_MS);
    this.#open.set(runId, forget.unref());
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        resolve();
      }, TURN_WITHIN_MS);
      const go = (): void => {
        clearTimeout(late);
        resolve();
      };
      this.#waiting.push(go);
    });
  }
}
