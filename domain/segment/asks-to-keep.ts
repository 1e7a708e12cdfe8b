import { asksOf, type EventAsk } from '#domain/condition/event-matches.ts';
import type { EventLeaf } from '#domain/condition/leaves.ts';
import { longestMs } from '#domain/time/duration.ts';
import { shortHash } from '#domain/short-hash.ts';
import type { Keep, KeptAsk } from './kept-matches.ts';

/**
 * What has to be kept on every profile so that a leaf can be answered without reading its events
 * again. The same ask with the same window is one, however many segments make it.
 */
export function asksToKeep(leaf: EventLeaf): KeptAsk[] {
  const keep = keepOf(leaf);
  // What follows an event of the window happened later, so within the window too.
  return Object.values(asksOf(leaf)).flatMap((ask: EventAsk | null) =>
    ask === null ? [] : [keptAsk(ask, keep)],
  );
}

function keepOf({ within, followedBy }: EventLeaf): Keep {
  // A parameter may reach back any time.
  if (typeof within === 'string') return { kind: 'window', ms: longestMs(within) };
  return within === undefined && followedBy === undefined ? { kind: 'totals' } : { kind: 'all' };
}

function keptAsk(ask: EventAsk, keep: Keep): KeptAsk {
  const { event, where, path } = ask;
  return { id: shortHash(JSON.stringify([event, sorted(where), path ?? null, keep])), ask, keep };
}

/** Two filters that say the same in another order are one. */
function sorted(where: EventAsk['where']): unknown {
  if (where === undefined) return null;
  return Object.entries(where).sort(([a], [b]) => (a < b ? -1 : 1));
}
