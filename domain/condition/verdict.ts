/** Whether something holds now, and the first instant (epoch ms) at which time alone may change it. */
export interface Verdict {
  holds: boolean;
  /** Strictly after now; until then the answer stays. Null: only new facts can change it. */
  flipsAt: number | null;
}

export const HOLDS: Verdict = { holds: true, flipsAt: null };
export const FAILS: Verdict = { holds: false, flipsAt: null };

export function verdict(holds: boolean): Verdict {
  return holds ? HOLDS : FAILS;
}
