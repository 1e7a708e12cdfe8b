import type { AcceptStore } from '#events/accept-store.ts';
import { createAcceptReceipts } from '#events/accept-receipts.ts';
import type { Stamp } from '#events/accept-stamp.ts';
import { createLinkStore } from '#messages/link-store.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { createFindLink } from '#templates/link-targets.ts';
import type { ComposeParts } from './compose.ts';
import type { AppDeps } from './deps.ts';
import { createLinks } from './follow-link.ts';

interface LinkParts extends Pick<ComposeParts, 'config' | 'mongo' | 'clock'> {
  store: AcceptStore;
  stamp: Stamp;
}

/** The way in of what becomes of messages: as their providers tell it, and as their links do. */
export function composeLinks(parts: LinkParts): Pick<AppDeps, 'acceptReceipts' | 'links'> {
  const { config, mongo, clock, store, stamp } = parts;
  const accept = createAcceptReceipts({ store, stamp });
  const links = createLinks({
    ...{ secrets: linkSecrets(config).known, accept, clock },
    store: createLinkStore(mongo.collections),
    findLink: createFindLink(mongo),
  });
  return { acceptReceipts: accept, links };
}
