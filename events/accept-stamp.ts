import type { Clock } from '#platform/clock.ts';

/** When and where in line some events were taken. */
export interface Taken {
  /** Epoch ms; never less than one given before by this process. */
  receivedAt: number;
  /** Place of the first of them among those of the same millisecond. */
  place: number;
}

/**
 * Gives each request its place in the order of application, (receivedAt, place): it grows with
 * every request of this process, also when two fall into one millisecond or the clock steps back.
 */
export function createStamp(clock: Clock): (count: number) => Taken {
  let last = 0;
  let next = 0;
  return (count) => {
    const now = clock();
    if (now > last) {
      last = now;
      next = 0;
    }
    const taken = { receivedAt: last, place: next };
    next += count;
    return taken;
  };
}

export type Stamp = ReturnType<typeof createStamp>;
