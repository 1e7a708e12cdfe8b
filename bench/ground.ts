import { WholeKairos, type Part } from '#test/support/whole-kairos.ts';
import { LimitsProcess } from './limits/limits-process.ts';
import { cpuMs } from './process-usage.ts';
import type { Servers } from './servers.ts';

/** `full` is what is published; `quick` for trying; `smoke` for the tests, which judge no speed. */
export type Size = 'full' | 'quick' | 'smoke';

export const PARTS = ['api', 'worker', 'sandbox'] as const satisfies readonly Part[];

/** Wall-clock and, by process, CPU time; all in ms. */
export interface Spent {
  ms: number;
  cpu: Record<string, number>;
}

/** Two servers and one Kairos that a row's sides are measured on. */
export class Ground {
  readonly size: Size;
  readonly servers: Servers;
  readonly kairos: WholeKairos;
  /** How many customers Kairos knows by now, `c0` to this. */
  known = 0;
  #limits: LimitsProcess | null = null;

  private constructor(size: Size, servers: Servers, kairos: WholeKairos) {
    this.size = size;
    this.servers = servers;
    this.kairos = kairos;
  }

  static async start(size: Size, servers: Servers): Promise<Ground> {
    return new Ground(size, servers, await WholeKairos.start('kairos-bench', servers));
  }

  /** The number for this size. */
  scale(numbers: Record<Size, number>): number {
    return numbers[this.size];
  }

  /** Process ids by name: both servers as far as they are known, and all of Kairos. */
  get pids(): Record<string, number> {
    const { mongod = NaN, temporal = NaN } = this.servers.pids;
    const parts = PARTS.map((part) => [part, this.kairos.pid(part)] as const);
    return { mongod, temporal, ...Object.fromEntries(parts) };
  }

  /**
   * Starts a clock; what it returns stops it. With `limits` (a process id) the work is not that of
   * Kairos' API and worker but of this process.
   */
  clock(limits?: number): () => Spent {
    const { api = NaN, worker = NaN, ...shared } = this.pids;
    const pids = Object.entries(
      limits === undefined ? { ...shared, api, worker } : { ...shared, limits },
    );
    const before = pids.map(([, pid]) => cpuMs([pid]));
    const at = performance.now();
    return () => ({
      ms: performance.now() - at,
      cpu: Object.fromEntries(
        pids.map(([name, pid], index) => [name, cpuMs([pid]) - (before[index] ?? NaN)]),
      ),
    });
  }

  /** The process of the limits, started when it is first needed. */
  async limits(): Promise<LimitsProcess> {
    this.#limits ??= await LimitsProcess.start(this.kairos);
    return this.#limits;
  }

  async stop(): Promise<void> {
    await this.#limits?.stop();
    await this.kairos.stop();
  }
}
