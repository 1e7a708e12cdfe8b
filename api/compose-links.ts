import { createLinkStore } from '#messages/link-store.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import { createFindLink } from '#templates/link-targets.ts';
import type { AppDeps } from './deps.ts';
import { createLinks } from './follow-link.ts';

type LinkParts = Pick<AppDeps, 'config' | 'mongo' | 'clock' | 'acceptReceipts'>;

/** Where the links of messages lead, and what following one tells of its message. */
export function composeLinks(parts: LinkParts): AppDeps['links'] {
  const { config, mongo, clock, acceptReceipts } = parts;
  return createLinks({
    ...{ secrets: linkSecrets(config).known, accept: acceptReceipts, clock },
    store: createLinkStore(mongo.collections),
    findLink: createFindLink(mongo),
    arrivesAtOnce: config.KAIROS_SANDBOX_URL !== undefined,
  });
}
