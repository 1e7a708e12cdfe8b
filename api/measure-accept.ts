import type { AcceptEvents } from '#events/accept-events.ts';
import type { AcceptStore } from '#events/accept-store.ts';
import type { ApiMetrics } from './api-metrics.ts';

/** The one write of events, counted once it is durable. */
export function measureAcceptStore(store: AcceptStore, metrics: ApiMetrics): AcceptStore {
  return {
    ...store,
    async insert(events) {
      await store.insert(events);
      metrics.accepted(events);
    },
  };
}

/** The way in of tracking calls, with those counted that are refused for what they say. */
export function measureAccept(accept: AcceptEvents, metrics: ApiMetrics): AcceptEvents {
  return async (calls, origin) => {
    const answer = await accept(calls, origin);
    metrics.rejected(answer.rejected.length);
    return answer;
  };
}
