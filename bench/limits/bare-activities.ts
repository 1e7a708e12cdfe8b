import type { Told } from './contract.ts';

/** What the bare workflows call. */
export interface BareActivities {
  nothing(): Promise<void>;
  /** Says at once that it was reached. */
  invoked(id: string): Promise<void>;
}

export function createBareActivities(tell: (told: Told) => void): BareActivities {
  return {
    nothing: () => Promise.resolve(),
    invoked(id) {
      tell({ kind: 'invoked', id, at: Date.now() });
      return Promise.resolve();
    },
  };
}
