import type { Clock } from '#platform/clock.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import type { RunStarter } from './run-starter.ts';

/** Temporal answers within milliseconds; silent for this long, it is taken to be away for now. */
const SILENCE_MS = 2_000;
const LOOK_EVERY_MS = 100;

export interface TalkDeps {
  starter: RunStarter;
  clock: Clock;
  logger: Logger;
  awaitNews(partitions: readonly number[], ms: number): Promise<void>;
}

/**
 * An owner's talk with Temporal, one at a time. While Temporal is away its client tries again for
 * long: nobody's profile may wait for that, so a talk that falls silent goes on by itself.
 */
export class Talk {
  /** Hears every answer; what is told through it counts as talking. */
  readonly starter: RunStarter;
  readonly #deps: TalkDeps;
  #open: Promise<void> | null = null;
  #heardAt = 0;

  constructor(deps: TalkDeps) {
    this.#deps = deps;
    const hear = async <T>(answer: Promise<T>): Promise<T> => {
      const said = await answer;
      this.#heardAt = deps.clock();
      return said;
    };
    const { starter } = deps;
    this.starter = {
      start: (run) => hear(starter.start(run)),
      signal: (runId, eventId) => hear(starter.signal(runId, eventId)),
      control: (runId) => hear(starter.control(runId)),
      standing: (runId) => hear(starter.standing(runId)),
    };
  }

  /** Whether one goes on still, left alone in its silence. */
  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** True once all was said; false when it failed, fell silent, or another one is still open. */
  async hold(say: () => Promise<void>): Promise<boolean> {
    if (this.#open !== null) return false;
    let isSaid = false;
    this.#heardAt = this.#deps.clock();
    const open = say()
      .then(() => {
        isSaid = true;
      })
      .catch((error: unknown) => {
        const { logger } = this.#deps;
        logger.warn({ code: errorCode(error), place: errorPlace(error) }, 'routing failed');
      })
      .finally(() => {
        this.#open = null;
      });
    this.#open = open;
    await this.ended();
    return isSaid;
  }

  /** Resolves when nothing is being said any more, or in silence. */
  async ended(): Promise<void> {
    while (this.#open !== null && this.#deps.clock() - this.#heardAt < SILENCE_MS) {
      await Promise.race([this.#open, this.#deps.awaitNews([], LOOK_EVERY_MS)]);
    }
  }
}
