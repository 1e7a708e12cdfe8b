import type { ChildProcess } from 'node:child_process';
import type { Say } from '../progress.ts';
import { type ChildPlan, endChild, ended, lastLines, startChild } from './child.ts';

/** A process that died is started again after the first, and at most after the second of these. */
const BACKOFF_MS = { first: 200, most: 5_000 } as const;

/** Who ran this long was well: the next death starts counting anew. */
const HEALTHY_AFTER_MS = 30_000;

export interface ChildHooks {
  readonly say: Say;
  /** Called with the number of every process started, restarts included. */
  readonly onStart: (name: string, pid: number) => Promise<void>;
}

/**
 * One process of the installation. Until `keepAlive` its death fails the start; from then on it is
 * started again, on the same ports, until `stop`.
 */
export class SupervisedChild {
  /** Rejects with what the log says when the process dies before `keepAlive`; never resolves. */
  readonly failed: Promise<never>;
  readonly plan: ChildPlan;
  readonly #hooks: ChildHooks;
  #fail: (error: Error) => void = () => undefined;
  #process: ChildProcess;
  #restarts = false;
  #stopping = false;
  #deaths = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: ChildPlan, hooks: ChildHooks) {
    this.plan = plan;
    this.#hooks = hooks;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever waits for readiness listens; a death while nobody does must not end the supervisor.
    this.failed.catch(() => undefined);
    this.#process = this.#start();
  }

  keepAlive(): void {
    this.#restarts = true;
  }

  /** From now on its end is no surprise: Ctrl-C reaches every process of the group at once. */
  expectEnd(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
  }

  /** Asks it to end, ends it after `graceMs`, and resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.expectEnd();
    await endChild(this.#process, graceMs);
  }

  /** Resolves when the process that runs now is gone. */
  gone(): Promise<void> {
    return ended(this.#process);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #start(): ChildProcess {
    this.#startedAt = performance.now();
    const child = startChild(this.plan);
    child.on('error', () => undefined);
    if (child.pid !== undefined) void this.#hooks.onStart(this.plan.name, child.pid);
    void ended(child).then(() => {
      this.#died(child);
    });
    return child;
  }

  #died(child: ChildProcess): void {
    if (this.#stopping) return;
    if (!this.#restarts) {
      this.#fail(new ChildDied(this.plan, howEnded(child)));
      return;
    }
    if (performance.now() - this.#startedAt > HEALTHY_AFTER_MS) this.#deaths = 0;
    const delayMs = Math.min(BACKOFF_MS.first * 2 ** this.#deaths, BACKOFF_MS.most);
    this.#deaths += 1;
    this.#timer = setTimeout(() => {
      this.#hooks.say(
        `${this.plan.name} ended unexpectedly (${howEnded(child)}); starting it again. Its log: ${this.plan.logFile}`,
      );
      this.#process = this.#start();
    }, delayMs);
  }
}

/** A process that died while the installation was starting. */
export class ChildDied extends Error {
  override readonly name = 'ChildDied';

  constructor(plan: ChildPlan, how: string) {
    const log = lastLines(plan.logFile).map((line) => `  ${line}`);
    super(
      [
        `${plan.name} could not be started (${how}). The last lines of ${plan.logFile}:`,
        ...log,
      ].join('\n'),
    );
  }
}

function howEnded(child: ChildProcess): string {
  if (child.signalCode !== null) return child.signalCode;
  return child.exitCode === null ? 'it does not run here' : `exit code ${String(child.exitCode)}`;
}
