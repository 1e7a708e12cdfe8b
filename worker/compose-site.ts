import type { Provider } from '#channels/provider.ts';
import { siteProviders } from '#channels/site/site-provider.ts';
import { createSiteMessages } from '#messages/site-message-store.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';

/** What is shown on the shop's own pages: the way to it, and how it is taken off again. */
export function composeSite(
  collections: Collections,
  clock: Clock,
): { providers: Provider[]; takeDown: (runId: string) => Promise<void> } {
  const shelf = createSiteMessages(collections, clock);
  return { providers: siteProviders(shelf), takeDown: (runId) => shelf.takeDown(runId) };
}
