import type { Plan } from '#domain/apply/plan.ts';
import type { RunStore } from '#journeys/run-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredRun } from '#platform/documents.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';
import type { ReviveRuns } from './revive-runs.ts';
import type { RunStarter } from './run-starter.ts';
import type { Talk } from './talk.ts';

export interface LeftDeps {
  runs: Pick<RunStore, 'unstarted' | 'markStarted'>;
  starter: RunStarter;
  revival: ReviveRuns;
  /** Carries out changes of journeys' status that Temporal was not told of. */
  redrive(): Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** Runs whose start was cut off by a crash are started again after this. */
const LEFT_AFTER_MS = 5_000;
/** Such runs looked at in one turn of an owner: customers' events wait for it. */
const LEFT_MAX = 300;
/** Starts under way at once: more only pile up in front of the workflow slots. */
const STARTS_AT_ONCE = 20;

/** Starts in a few lanes; fails with the first start that fails. */
async function startInLanes<T>(
  runs: readonly T[],
  start: (run: T) => Promise<void>,
): Promise<void> {
  const queue = [...runs];
  const lanes = Array.from({ length: Math.min(STARTS_AT_ONCE, queue.length) }, async () => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) await start(run);
  });
  await Promise.all(lanes);
}

/** Starts the runs that a plan has begun. */
export function startPlanned(starter: RunStarter, { runs }: Plan): Promise<void> {
  return startInLanes(runs, async ({ id: _id, journey, version, profileId }) => {
    await starter.start({ _id, journey, version, profileId });
  });
}

/**
 * The runs of an owner that were left without a workflow. A look goes on where the last turn left
 * it, so that one that never starts stops no other.
 */
export class LeftRuns {
  readonly #deps: LeftDeps;
  readonly #talk: Talk;
  readonly #partitions: readonly number[];
  /** What a look that goes on has not come to yet. */
  #rest: AsyncIterator<StoredRun> | null = null;
  #lookedAt = 0;

  constructor(deps: LeftDeps, talk: Talk, partitions: readonly number[]) {
    this.#deps = deps;
    this.#talk = talk;
    this.#partitions = partitions;
  }

  /** Starts some, now and then; false when there are more of them. */
  async start(): Promise<boolean> {
    const deps = this.#deps;
    if (this.#talk.isOpen) return true;
    const now = deps.clock();
    const isNew = this.#rest === null;
    if (isNew && now - this.#lookedAt <= LEFT_AFTER_MS) return true;
    if (isNew) this.#lookedAt = now;
    const isFirstOwner = this.#partitions.includes(0);
    const left = await this.#next(now);
    const isDone = await this.#talk.hold(async () => {
      if (isNew && isFirstOwner) await deps.redrive();
      await bringBack(deps, left);
    });
    // In its own time: however many have failed, no customer waits for that.
    if (isNew && isFirstOwner) void deps.revival.look();
    return !isDone || left.length < LEFT_MAX;
  }

  async close(): Promise<void> {
    await this.#rest?.return?.();
    this.#rest = null;
  }

  /** The next runs of the look that goes on, or of a new one; fewer than LEFT_MAX end it. */
  async #next(now: number): Promise<StoredRun[]> {
    const when = { before: now - LEFT_AFTER_MS, now };
    const { runs } = this.#deps;
    this.#rest ??= runs.unstarted(this.#partitions, when)[Symbol.asyncIterator]();
    const page: StoredRun[] = [];
    try {
      while (page.length < LEFT_MAX) {
        const next = await this.#rest.next();
        if (next.done === true) {
          this.#rest = null;
          break;
        }
        page.push(next.value);
      }
    } catch (error) {
      // A cursor that broke does not come back.
      this.#rest = null;
      throw error;
    }
    return page;
  }
}

/** One that cannot be brought back now is looked at again; only when none can, Temporal is away. */
async function bringBack(deps: LeftDeps, runs: readonly StoredRun[]): Promise<void> {
  const faults: Error[] = [];
  await startInLanes(runs, async (run) => {
    try {
      await bringBackOne(deps, run);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      faults.push(error);
    }
  });
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === runs.length) throw first;
  deps.logger.warn(
    { code: errorCode(first), place: errorPlace(first), runs: faults.length },
    'runs could not be started again',
  );
}

/** A run may have a workflow that does not get on, or one that closed before it wrote anything. */
async function bringBackOne(deps: LeftDeps, run: StoredRun): Promise<void> {
  if (await deps.starter.start(run)) return;
  const standing = await deps.starter.standing(run._id);
  if (standing === 'running') await deps.runs.markStarted(run);
  else await deps.revival.answer(run._id, standing);
}
