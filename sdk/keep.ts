/** Names of what is kept begin so. */
const PREFIX = 'kairos.';
/** Stands on the device for as long as the visitor agrees. */
export const CONSENT_KEY = `${PREFIX}consent`;

/**
 * What is kept on the visitor's device: in this page's memory alone until they agree, then in
 * localStorage as well. There are no cookies. A device that keeps nothing (private windows, a full
 * disk) is a device that remembers until the page is left.
 */
export class Keep {
  readonly #memory = new Map<string, string>();
  /** What there was no room for on the device: this page's word alone. */
  readonly #homeless = new Set<string>();
  #isGranted = false;

  /** What earlier pages kept, with consent; without it nothing is there. */
  constructor(isGranted: boolean) {
    if (isGranted || disk((storage) => storage.getItem(CONSENT_KEY)) === '1') this.grant();
  }

  get isGranted(): boolean {
    return this.#isGranted;
  }

  grant(): void {
    if (this.#isGranted) return;
    this.#isGranted = true;
    for (const name of this.#onDisk()) {
      const value = disk((storage) => storage.getItem(PREFIX + name));
      // What this page said before the visitor agreed gives way to what was known.
      if (typeof value === 'string') this.#memory.set(name, value);
    }
    this.set('consent', '1');
    for (const [name, value] of this.#memory) this.#write(name, value);
  }

  /** Whether the agreement that this page wrote down was taken away by another one. */
  isRefusedElsewhere(): boolean {
    return this.#isGranted && disk((storage) => storage.getItem(CONSENT_KEY)) === null;
  }

  /** Forgets all of it, here and on the device. */
  refuse(): void {
    for (const name of this.#onDisk()) erase(name);
    this.#memory.clear();
    this.#homeless.clear();
    this.#isGranted = false;
  }

  get(name: string): string | null {
    const own = this.#memory.get(name) ?? null;
    if (!this.#isGranted || this.#homeless.has(name)) return own;
    // Another tab may have said something else meanwhile.
    const kept = disk((storage) => storage.getItem(PREFIX + name));
    return kept === undefined ? own : kept;
  }

  set(name: string, value: string): void {
    this.#memory.set(name, value);
    if (this.#isGranted) this.#write(name, value);
  }

  remove(name: string): void {
    this.#memory.delete(name);
    this.#homeless.delete(name);
    if (this.#isGranted) erase(name);
  }

  /** Names that begin so, in order. */
  names(prefix: string): string[] {
    const here = this.#isGranted ? this.#homeless : this.#memory.keys();
    const all = new Set([...here, ...(this.#isGranted ? this.#onDisk() : [])]);
    return [...all].filter((name) => name.startsWith(prefix)).sort();
  }

  #write(name: string, value: string): void {
    const isKept = disk((storage) => {
      storage.setItem(PREFIX + name, value);
      return true;
    });
    if (isKept === true) this.#homeless.delete(name);
    else this.#homeless.add(name);
  }

  #onDisk(): string[] {
    const keys = disk((storage) => Object.keys(storage)) ?? [];
    return keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  }
}

function erase(name: string): void {
  disk((storage) => {
    storage.removeItem(PREFIX + name);
  });
}

/** Undefined where the browser lets nobody keep anything. */
function disk<T>(work: (storage: Storage) => T): T | undefined {
  try {
    return work(localStorage);
  } catch {
    return undefined;
  }
}
