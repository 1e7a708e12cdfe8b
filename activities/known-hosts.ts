import { hostsToldIn } from '#domain/template/told-hosts.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import type { SendDeps, SendRequest } from './send-request.ts';

/**
 * Hosts that are known as the shop's beside those a template writes out: of its catalogue, and of what
 * its server said as the run began. They count where none is named, and are not looked for otherwise.
 */
export async function knownHosts(
  { settings, catalogueHosts }: Pick<SendDeps, 'settings' | 'catalogueHosts'>,
  { entry }: Pick<SendRequest, 'entry'>,
  { links }: Pick<PreparedTemplate, 'links'>,
): Promise<readonly string[]> {
  const { linkHosts = [] } = settings;
  if (linkHosts.length > 0 || links === null || links.size === 0) return [];
  return [...((await catalogueHosts?.()) ?? []), ...hostsToldIn(entry)];
}
