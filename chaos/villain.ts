import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '#cli/wait-until.ts';
import type { Disk } from './disks.ts';
import { type Installation, PROCESSES, type ProcessName } from './installation.ts';
import type { Say } from './say.ts';
import type { SeededRandom } from './seeded-random.ts';
import { isShortRun } from './shop/stories.ts';

type Deed =
  | { kind: 'kill'; names: ProcessName[] }
  | { kind: 'freeze'; name: ProcessName }
  | { kind: 'fill'; disk: Disk };

/** Longer than the heartbeats of five seconds, so that others take over from whoever is frozen. */
const FREEZE_MS = { least: 8_000, most: 20_000, mostInShortRuns: 11_000 };
/** A full disk is noticed by an operator later than this; seconds are enough to see who breaks. */
const FULL_MS = { least: 3_000, most: 8_000 };
const GAP_MS = { least: 500, most: 3_000 };
/** In the other cases the next deed comes while the last one's damage is still being repaired. */
const WAITS_FOR_RECOVERY = 0.6;
const RECOVERY_MS = 20_000;

/** Kills, freezes and starves the processes of an installation, in an order that a seed repeats. */
export class Villain {
  readonly #kairos: Installation;
  readonly #random: SeededRandom;
  readonly #say: Say;
  readonly #isShort: boolean;
  #deck: Deed[] = [];
  /** How often each deed was done, by its name. */
  readonly deeds = new Map<string, number>();
  readonly #frozen = new Set<number>();

  constructor(
    kairos: Installation,
    random: SeededRandom,
    { say, minutes }: { say: Say; minutes: number },
  ) {
    this.#kairos = kairos;
    this.#random = random;
    this.#say = say;
    this.#isShort = isShortRun(minutes);
  }

  /** Does one deed after the other until `forMs` are over; leaves nothing frozen or full. */
  async rage(forMs: number): Promise<void> {
    const overAt = performance.now() + forMs;
    const random = this.#random;
    await sleep(random.between(GAP_MS.least, GAP_MS.most));
    try {
      while (performance.now() < overAt) {
        await this.#do(this.#next());
        if (random.chance(WAITS_FOR_RECOVERY)) {
          const timeoutMs = Math.max(0, Math.min(RECOVERY_MS, overAt - performance.now()));
          await waitUntil(() => this.#kairos.isReady(), { timeoutMs });
        }
        await sleep(random.between(GAP_MS.least, GAP_MS.most));
      }
    } finally {
      for (const pid of this.#frozen) signal(pid, 'SIGCONT');
    }
  }

  /** The deck holds every deed once, so that even a short run sees most of them. */
  #next(): Deed {
    if (this.#deck.length === 0) this.#deck = shuffled(this.#allDeeds(), this.#random);
    const deed = this.#deck.pop();
    if (deed === undefined) throw new Error('the villain has nothing to do');
    return deed;
  }

  #allDeeds(): Deed[] {
    const kill = PROCESSES.map((name): Deed => ({ kind: 'kill', names: [name] }));
    const freeze = PROCESSES.map((name): Deed => ({ kind: 'freeze', name }));
    const pairs = [0, 1].map((): Deed => {
      const [one = 'worker', two = 'api'] = shuffled([...PROCESSES], this.#random);
      return { kind: 'kill', names: [one, two] };
    });
    const fill = this.#kairos.disks.all.map((disk): Deed => ({ kind: 'fill', disk }));
    return [...kill, ...freeze, ...pairs, ...fill];
  }

  async #do(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case 'kill':
        if (deed.names.length > 1) this.#count('two at once');
        for (const name of deed.names) await this.#kill(name);
        return;
      case 'freeze':
        await this.#freeze(deed.name);
        return;
      case 'fill':
        await this.#fill(deed.disk);
    }
  }

  async #kill(name: ProcessName): Promise<void> {
    const pid = await this.#kairos.pidOf(name);
    const isHit = pid !== null && signal(pid, 'SIGKILL');
    this.#say(isHit ? `SIGKILL ${name}` : `SIGKILL ${name}: it was away already`);
    if (isHit) this.#count(`SIGKILL ${name}`);
  }

  async #freeze(name: ProcessName): Promise<void> {
    const pid = await this.#kairos.pidOf(name);
    const most = this.#isShort ? FREEZE_MS.mostInShortRuns : FREEZE_MS.most;
    const forMs = this.#random.between(FREEZE_MS.least, most);
    if (pid === null || !signal(pid, 'SIGSTOP')) {
      this.#say(`SIGSTOP ${name}: it was away`);
      return;
    }
    this.#frozen.add(pid);
    this.#count(`SIGSTOP ${name}`);
    this.#say(`SIGSTOP ${name} for ${(forMs / 1_000).toFixed(1)} s`);
    await sleep(forMs);
    signal(pid, 'SIGCONT');
    this.#frozen.delete(pid);
    this.#say(`SIGCONT ${name}`);
  }

  async #fill(disk: Disk): Promise<void> {
    const forMs = this.#random.between(FULL_MS.least, FULL_MS.most);
    this.#count(`full disk ${disk}`);
    this.#say(`the disk of ${disk} is full for ${(forMs / 1_000).toFixed(1)} s`);
    try {
      await this.#kairos.disks.fill(disk);
      await sleep(forMs);
    } finally {
      await this.#kairos.disks.free(disk);
    }
    this.#say(`the disk of ${disk} has room again`);
  }

  #count(deed: string): void {
    this.deeds.set(deed, (this.deeds.get(deed) ?? 0) + 1);
  }
}

/** False when nobody runs under this number. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  const drawn: T[] = [];
  while (left.length > 0) drawn.push(...left.splice(Math.floor(random.next() * left.length), 1));
  return drawn;
}
