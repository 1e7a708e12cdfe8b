import type { Keep } from './keep.ts';

/** Who this browser is, and who the visitor says to be. */
export class Who {
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** Of this browser; made when it is first asked for, and nobody can guess it. */
  get anonymousId(): string {
    const known = this.#keep.get('anonymous');
    if (known !== null) return known;
    const made = randomId();
    this.#keep.set('anonymous', made);
    return made;
  }

  get userId(): string | null {
    return this.#keep.get('user');
  }

  /** What the shop's server signed for them; null: nothing. */
  get userToken(): string | null {
    return this.#keep.get('token');
  }

  become(userId: string, userToken: string | undefined): void {
    if (userToken !== undefined) this.#keep.set('token', userToken);
    else if (userId !== this.userId) this.#keep.remove('token');
    this.#keep.set('user', userId);
  }

  /** Another visitor at the same browser. */
  reset(): void {
    for (const name of ['anonymous', 'user', 'token', 'delivered']) this.#keep.remove(name);
  }
}

/** A UUID; `crypto.randomUUID` is there on secure pages only. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [0, 8, 12, 16, 20].map((at, index, all) => hex.slice(at, all[index + 1])).join('-');
}
