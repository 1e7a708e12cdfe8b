import type { RunEvent } from '#domain/event/event.ts';
import type { HeardEvent, RunEntry, RunState } from '#domain/journey/run.ts';
import { sha256 } from '#domain/journey/sha-256.ts';

/**
 * Events remembered for one instant. More that one customer does in one millisecond are a program's
 * doing, and the state, which is in Temporal's history once a transition, must stay small.
 */
export const HEARD_MAX = 50;

/** Bytes of a remembered hash: of HEARD_MAX events two share one with probability 1e-16. */
const REF_BYTES = 8;

/** Epoch ms. A clock that runs ahead can't put an event later than it was received. */
export function happenedAt({ occurredAt, receivedAt }: RunEvent): number {
  return Math.min(occurredAt, receivedAt);
}

/**
 * Whether an event has already been acted on: it began the run, or answered an earlier step. Only
 * what happened at or after `since` is remembered; what is older can't answer anything any more.
 */
export function wasHeard(state: RunState, entry: RunEntry | null, event: RunEvent): boolean {
  if (entry?.id === event.id && (entry.kind === 'event' || entry.kind === 'api')) return true;
  if (state.heard === undefined) return false;
  const ref = refOf(event);
  return state.heard.some((heard) => heard.ref === ref);
}

/**
 * From when on the next step counts, and what it must not count again. `since` never moves back, so
 * an event that answered is either remembered or too old. `event` is the one that answered, if any.
 */
export function hearing(
  state: RunState,
  since: number,
  event: RunEvent | null,
): Pick<RunState, 'since'> & { heard: readonly HeardEvent[] } {
  const from = Math.max(state.since, since);
  const all = [...(state.heard ?? [])];
  if (event !== null) all.push({ ref: refOf(event), at: happenedAt(event) });
  const heard = all.filter(({ at }) => at >= from);
  if (heard.length <= HEARD_MAX) return { since: from, heard };
  // Rather pass over the rest of this instant than let one event answer twice.
  return { since: Math.max(...heard.map(({ at }) => at)) + 1, heard: [] };
}

/** The caller's own id could hold an address, and what is in Temporal's history stays there. */
function refOf({ id }: RunEvent): string {
  const bytes = sha256(`event|${id}`).subarray(0, REF_BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
