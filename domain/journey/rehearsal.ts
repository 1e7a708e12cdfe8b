import type { RunEvent } from '#domain/event/event.ts';

/**
 * A rehearsed run lives faster: its own time starts at its entry and runs `speed` times as fast.
 * The engine sees only the run's time; the world keeps its own. At speed 1 both are the same.
 */
export interface RunClock {
  /** Epoch ms at which the run began; both times agree there. */
  enteredAt: number;
  speed: number;
}

/** The run's time at a moment of the world. */
export function toRunTime({ enteredAt, speed }: RunClock, worldMs: number): number {
  return speed === 1 ? worldMs : Math.round(enteredAt + (worldMs - enteredAt) * speed);
}

/** The moment of the world at a time of the run, rounded up so that a wait is never cut short. */
export function toWorldTime({ enteredAt, speed }: RunClock, runMs: number): number {
  return speed === 1 ? runMs : Math.ceil(enteredAt + (runMs - enteredAt) / speed);
}

/** An event as a run sees it, in its own time. */
export function eventInRunTime(clock: RunClock, event: RunEvent): RunEvent {
  if (clock.speed === 1) return event;
  return {
    ...event,
    occurredAt: toRunTime(clock, event.occurredAt),
    receivedAt: toRunTime(clock, event.receivedAt),
  };
}
