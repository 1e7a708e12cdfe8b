import { DomainError } from '#domain/errors.ts';
import type { PullTurn } from '#workflows/contract.ts';
import type { PullDeps, PullTry } from './pull-deps.ts';
import { Left, Overtaken, PullRun, Superseded } from './pull-run.ts';

/** What a fault of our own, or of our own database, is told as. */
const OUR_FAULT = 'Something went wrong on our side; the log says more. The next pull tries again.';
const CHANGED = 'The source was changed while it was read; the next pull reads it as it is now.';

/**
 * Reads the new rows of a source from the last page on, and ends the pull. `left`: this process is to
 * end, and whoever is asked next goes on. Throws what kept the rows from being read, after its
 * sentence was kept for the report.
 */
export async function pullSource(
  deps: PullDeps,
  { source: key, pull: id }: PullTurn,
  turn: PullTry,
): Promise<'done' | 'left'> {
  const pull = await deps.pulls.begin(id, key, turn.attempt, deps.clock());
  const source = await deps.sources.find(key);
  if (pull === null || source === null) {
    await deps.dropSchedule(key);
    if (pull !== null) await end(deps, id, { status: 'stopped', failure: CHANGED });
    return 'done';
  }
  if (pull.status !== 'running') return 'done';
  let ended: PullOutcome = { status: 'completed', failure: null };
  try {
    await new PullRun(deps, { source, pull, turn }).run();
  } catch (error) {
    if (error instanceof Left) return 'left';
    if (error instanceof Overtaken) return 'done';
    if (!(error instanceof Superseded)) {
      // Our own database may be what is away: then the report says less.
      await deps.pulls.noteFailure(id, turn.attempt, sentenceOf(error)).catch(() => undefined);
      throw error;
    }
    ended = { status: 'stopped', failure: CHANGED };
  }
  await end(deps, id, ended);
  return 'done';
}

/** After the last try: the report, the source and the log say so. */
export async function failPull(deps: PullDeps, { source, pull: id }: PullTurn): Promise<void> {
  const pull = await deps.pulls.find(id);
  const failure = pull?.failure ?? OUR_FAULT;
  await end(deps, id, { status: 'failed', failure });
  deps.logger.warn({ source, pull: id, code: 'source-pull-failed' }, 'a source could not be read');
}

interface PullOutcome {
  status: 'completed' | 'failed' | 'stopped';
  failure: string | null;
}

/** Nothing of the customers' is left lying about once a pull says that it has ended. */
async function end(deps: PullDeps, id: string, ended: PullOutcome): Promise<void> {
  await deps.take.lines.remove(id);
  const pull = await deps.pulls.end(id, { ...ended, at: deps.clock() });
  if (pull !== null) deps.onEnded(pull);
}

/** A sentence for whoever set the source up, and nothing of its rows. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof DomainError)) return OUR_FAULT;
  const details = error.faults.map(({ detail }) => detail).filter((one) => one !== error.message);
  return [error.message, ...details.slice(0, 3)].join(' ');
}
