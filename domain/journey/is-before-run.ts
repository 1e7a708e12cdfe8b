import type { RunEntry } from './run.ts';

/**
 * Whether an event happened before a run's entry and so is not its business; all instants are epoch
 * ms. A run that time began has no entering event to compare with: there an order that comes in
 * late still ends it.
 */
export function isBeforeRun(
  event: { occurredAt: number; receivedAt: number },
  { entry, enteredAt }: { entry: Pick<RunEntry, 'kind' | 'at'>; enteredAt: number },
): boolean {
  const isTimed = entry.kind === 'becomes' || entry.kind === 'date';
  return isTimed ? event.receivedAt < enteredAt : event.occurredAt < entry.at;
}
