import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WholeKairos } from '#test/support/whole-kairos.ts';
import type { StartRequest, Told } from './contract.ts';

/** A cold start on a busy machine: the bundle of the workflows is made anew. */
const READY_MS = 60_000;
const GRACE_MS = 10_000;

/** The process of the limits as the bench sees it. */
export class LimitsProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #invoked = new Map<string, number>();
  #done = 0;
  #failure: string | null = null;
  #isReady = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? NaN;
    child.on('message', (told: Told) => {
      if (told.kind === 'ready') this.#isReady = true;
      else if (told.kind === 'done') this.#done = told.count;
      else if (told.kind === 'invoked') this.#invoked.set(told.id, told.at);
      else this.#failure = told.message;
    });
  }

  /** Started as Kairos' own processes are, with their addresses, keys and namespace. */
  static async start(kairos: WholeKairos): Promise<LimitsProcess> {
    const entry = fileURLToPath(new URL('main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', entry], {
      env: kairos.environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const endWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    const limits = new LimitsProcess(child);
    await limits.#until(() => limits.#isReady, READY_MS);
    return limits;
  }

  /** Last activities of runs that were carried out since the process began. */
  get done(): number {
    return this.#done;
  }

  start(request: StartRequest): void {
    this.#child.send(request);
  }

  /** Waits until `count` runs have ended since the process began. */
  async ended(count: number, withinMs: number): Promise<void> {
    await this.#until(() => this.#done >= count, withinMs);
  }

  /** Epoch ms at which the activity of a signalled run was invoked. */
  async invokedAt(id: string, withinMs: number): Promise<number> {
    await this.#until(() => this.#invoked.has(id), withinMs);
    return this.#invoked.get(id) ?? NaN;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await gone;
    clearTimeout(late);
  }

  async #until(isSo: () => boolean, withinMs: number): Promise<void> {
    for (const end = Date.now() + withinMs; !isSo();) {
      if (this.#failure !== null) throw new Error(`a limit failed: ${this.#failure}`);
      if (this.#child.exitCode !== null) throw new Error('the process of the limits ended');
      if (Date.now() > end) throw new Error(`a limit was not done within ${String(withinMs)} ms`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
