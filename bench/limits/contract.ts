/** The names that the bench, the process of its limits and their workflows agree on. */

export const LIMITS_QUEUE = 'bench-limits';

/** A workflow of one activity that does nothing: the least that a durable step costs. */
export const BARE = 'bare';
/** The same, begun by a signal. */
export const SIGNALLED = 'signalled';
export const GO_SIGNAL = 'go';
/** What one journey's step usually is: seven activities, the definition as the argument. */
export const USUAL_SHAPE = 'usualShape';

/** What is asked of the process of the limits. */
export interface StartRequest {
  type: string;
  /** Workflow ids and arguments. */
  runs: { id: string; args: unknown[] }[];
  /** Starts under way at once. */
  atOnce: number;
  isEager: boolean;
}

/** What it tells. */
export type Told =
  | { kind: 'ready' }
  /** Last activities of runs that have ended since it began. */
  | { kind: 'done'; count: number }
  /** The activity of a signalled run was invoked; `at` is epoch ms. */
  | { kind: 'invoked'; id: string; at: number }
  | { kind: 'failed'; message: string };
