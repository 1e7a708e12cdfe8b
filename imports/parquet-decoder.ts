import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DomainError } from '#domain/errors.ts';

/** What the process that decodes says; imports/parquet-process.mjs. */
export interface Word {
  begun?: true;
  /** From which byte to which, to be answered with them. */
  read?: [number, number];
  opened?: OpenedParquet;
  /** Cells of the wanted columns, as the decoder gives them. */
  rows?: unknown[][];
  ended?: true;
  refused?: { code: 'malformed' | 'too-large'; detail: string };
}

export interface OpenedParquet {
  /** `length`: of a day or a wall-clock time, how many characters of an ISO text say it. */
  columns: { name: string; length?: number }[];
  total: number;
}

/** What it is told in return. */
export type Answer =
  { size: number } | { bytes: Buffer } | { after: number; wanted: readonly string[] } | object;

const PROGRAM = fileURLToPath(new URL('parquet-process.mjs', import.meta.url));

/** Values of a row group of 512 MB, which is more than writers make, and the decoder's own. */
const HEAP_MB = 1024;
/** From an answer to the next word: a slice of a row group takes seconds on a slow machine. */
const WORD_WITHIN_MS = 300_000;

/**
 * One file's decoder: a process with a bounded heap, below all others in priority, without any of
 * our settings. A thread would not do: one large array beyond a thread's limit ends all of them.
 */
export class ParquetDecoder {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(PROGRAM, {
      execArgv: [`--max-old-space-size=${String(HEAP_MB)}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    });
    // A channel that broke is told by the exit.
    this.#child.on('error', () => undefined);
  }

  /**
   * Answers the last word, if there was one, and waits for the next. @throws DomainError
   * `too-large` where the process died of the file, `malformed` where it comes to no end.
   */
  async next(answer?: Answer): Promise<Word> {
    const child = this.#child;
    if (hasEnded(child)) throw endOf(child);
    let stop = (): void => undefined;
    try {
      return await new Promise<Word>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new DomainError('malformed', 'The Parquet file takes too long to be unpacked.'));
        }, WORD_WITHIN_MS);
        const onExit = (): void => {
          reject(endOf(child));
        };
        child.once('message', resolve).once('exit', onExit).once('error', reject);
        stop = () => {
          clearTimeout(timer);
          child.off('message', resolve).off('exit', onExit).off('error', reject);
        };
        // Whether it could be sent is told by the exit.
        if (answer !== undefined) child.send(answer, () => undefined);
      });
    } finally {
      stop();
    }
  }

  /** Ends the process, whatever it is at. */
  end(): void {
    if (!hasEnded(this.#child)) this.#child.kill('SIGKILL');
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Exit codes by which V8, or a shell for it, says that memory ran out. */
const OUT_OF_MEMORY = new Set([5, 133, 134, 137]);

function endOf({ exitCode, signalCode }: ChildProcess): Error {
  if (signalCode === null && !OUT_OF_MEMORY.has(exitCode ?? 0)) {
    return new Error(`the process that decodes Parquet ended with ${String(exitCode)}`);
  }
  const detail = `Unpacking the Parquet file takes more than ${String(HEAP_MB)} MB of memory; write it with smaller row groups.`;
  return new DomainError('too-large', detail);
}
