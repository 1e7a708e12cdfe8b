import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '#cli/wait-until.ts';
import type { Disk } from './disks.ts';
import type { Deed as Done } from './journal.ts';
import { type Installation, PROCESSES, type ProcessName } from './installation.ts';
import type { Say } from './say.ts';
import type { SeededRandom } from './seeded-random.ts';
import { isLongRun, isShortRun } from './shop/stories.ts';

type Deed =
  | { kind: 'kill'; names: ProcessName[] }
  | { kind: 'freeze'; name: ProcessName; isLong?: true }
  | { kind: 'fill'; disk: Disk };

/** Longer than the heartbeats of five seconds, so that others take over from whoever is frozen. */
const FREEZE_MS = { least: 8_000, most: 20_000, mostInShortRuns: 11_000 };
/**
 * Longer than everything that takes a silent worker for a dead one: Temporal's 30 s for a task, the
 * heartbeats, the half minute before a look-up. The provider is not frozen for so long: a call
 * that it makes later than this is the known limit in docs/chaos.md.
 */
const LONG_FREEZE_MS = { least: 35_000, most: 60_000 };
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
  readonly #note: (done: Done) => void;
  readonly #isShort: boolean;
  readonly #isLong: boolean;
  #deck: Deed[] = [];
  /** How often each deed was done, by its name. */
  readonly deeds = new Map<string, number>();
  readonly #frozen = new Set<number>();

  /** `note` is told of every deed when it is over. */
  constructor(
    kairos: Installation,
    random: SeededRandom,
    { say, note, minutes }: { say: Say; note: (done: Done) => void; minutes: number },
  ) {
    this.#kairos = kairos;
    this.#random = random;
    this.#say = say;
    this.#note = note;
    this.#isLong = isLongRun(minutes);
    this.#isShort = isShortRun(minutes);
  }

  /** Does one deed after the other until `forMs` are over; leaves nothing frozen or full. */
  async rage(forMs: number): Promise<void> {
    const overAt = performance.now() + forMs;
    const random = this.#random;
    await sleep(random.between(GAP_MS.least, GAP_MS.most));
    try {
      while (performance.now() < overAt) {
        const deed = this.#next();
        await this.#do(deed);
        const isHeavy = deed.kind === 'freeze' && deed.isLong === true;
        // Drawn in any case, so that the choices after it are the same.
        if (random.chance(WAITS_FOR_RECOVERY) || isHeavy) {
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
    const long: Deed[] = this.#isLong ? [{ kind: 'freeze', name: 'worker', isLong: true }] : [];
    const fill = this.#kairos.disks.all.map((disk): Deed => ({ kind: 'fill', disk }));
    return [...kill, ...freeze, ...long, ...pairs, ...fill];
  }

  async #do(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case 'kill':
        if (deed.names.length > 1) this.#count('two at once');
        for (const name of deed.names) await this.#kill(name);
        return;
      case 'freeze':
        await this.#freeze(deed.name, deed.isLong === true);
        return;
      case 'fill':
        await this.#fill(deed.disk);
    }
  }

  async #kill(name: ProcessName): Promise<void> {
    const pid = await this.#kairos.pidOf(name);
    const from = Date.now();
    const isHit = pid !== null && signal(pid, 'SIGKILL');
    if (isHit) this.#note({ to: name, from, until: from });
    this.#say(isHit ? `SIGKILL ${name}` : `SIGKILL ${name}: it was away already`);
    if (isHit) this.#count(`SIGKILL ${name}`);
  }

  async #freeze(name: ProcessName, isLong: boolean): Promise<void> {
    const pid = await this.#kairos.pidOf(name);
    const usual = this.#isShort ? FREEZE_MS.mostInShortRuns : FREEZE_MS.most;
    const { least, most } = isLong ? LONG_FREEZE_MS : { ...FREEZE_MS, most: usual };
    const forMs = this.#random.between(least, most);
    const from = Date.now();
    if (pid === null || !signal(pid, 'SIGSTOP')) {
      this.#say(`SIGSTOP ${name}: it was away`);
      return;
    }
    this.#frozen.add(pid);
    this.#count(isLong ? `long SIGSTOP ${name}` : `SIGSTOP ${name}`);
    this.#say(`SIGSTOP ${name} for ${(forMs / 1_000).toFixed(1)} s`);
    await sleep(forMs);
    signal(pid, 'SIGCONT');
    this.#note({ to: name, from, until: Date.now() });
    this.#frozen.delete(pid);
    this.#say(`SIGCONT ${name}`);
  }

  async #fill(disk: Disk): Promise<void> {
    const forMs = this.#random.between(FULL_MS.least, FULL_MS.most);
    this.#count(`full disk ${disk}`);
    const from = Date.now();
    this.#say(`the disk of ${disk} is full for ${(forMs / 1_000).toFixed(1)} s`);
    try {
      await this.#kairos.disks.fill(disk);
      await sleep(forMs);
    } finally {
      await this.#kairos.disks.free(disk);
      this.#note({ to: `disk of ${disk}`, from, until: Date.now() });
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
