import { identityId } from '#domain/profile/identity.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { durably } from '#platform/mongo-errors.ts';
import type { Collections } from '#platform/mongo.ts';

interface Said {
  profileId: string;
  name: string;
  by?: string[];
}

/**
 * By which e-mails some customers are in a list already, by their ids: those of the events that
 * brought them in since they were last taken off it. What is not applied yet counts.
 */
export function createToldMembers({ events }: Pick<Collections, 'events'>) {
  return async function toldMembers(
    segment: string,
    profileIds: readonly string[],
  ): Promise<Map<string, Set<string>>> {
    const told = new Map<string, Set<string>>();
    if (profileIds.length === 0) return told;
    const asked = {
      profileId: { $in: [...profileIds] },
      name: { $in: [MEMBER_ADDED, MEMBER_REMOVED] },
      'properties.segment': segment,
      source: 'admin' as const,
    };
    const found = await durably(() =>
      events
        .find(asked, { readConcern: { level: 'local' } })
        .project<Said>({ profileId: 1, name: 1, by: 1 })
        .sort({ receivedAt: 1, place: 1 })
        .toArray(),
    );
    const prefix = identityId('email', '');
    for (const { profileId, name, by = [] } of found) {
      if (name === MEMBER_REMOVED) told.delete(profileId);
      else {
        const emails = told.get(profileId) ?? new Set<string>();
        for (const one of by) if (one.startsWith(prefix)) emails.add(one.slice(prefix.length));
        told.set(profileId, emails);
      }
    }
    return told;
  };
}
