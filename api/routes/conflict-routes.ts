import { z } from 'zod';
import { dismissConflict } from '#merges/dismiss-conflict.ts';
import { listConflicts } from '#merges/list-conflicts.ts';
import type { StoredConflict } from '#platform/identity-documents.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const ConflictView = z.object({
  id: z.string(),
  identity: z.string().describe('The address that both claim.'),
  owner: z.string().describe('Profile id of the customer who had it first, and has it.'),
  claimant: z.string().describe('Profile id of the customer who was said to have it, too.'),
  at: Instant.describe('When it was first said.'),
  status: z.enum(['open', 'dismissed']),
});

function viewConflict(conflict: StoredConflict): z.infer<typeof ConflictView> {
  const { ref = '', identity, ownerId, claimantId, at, closed } = conflict;
  return {
    ...{ id: ref, identity, owner: ownerId, claimant: claimantId, at: iso(at) },
    status: closed === undefined ? 'open' : 'dismissed',
  };
}

/** Addresses that two customers with ids of their own claim: a human decides. */
export function conflictRoutes(deps: AppDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/conflicts',
      id: 'listConflicts',
      tag: 'Merges',
      summary: 'Addresses that two customers claim, newest first',
      description:
        'An e-mail or phone said of a second customer with an id of their own stays with the first. If the two are one person, merge them; if they rightly share it, dismiss the conflict.',
      scope: 'profiles:read',
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(ConflictView),
      async handle({ query }) {
        const found = await listConflicts(deps.mongo.collections, pageRequest(query));
        return { body: pageReply(found, viewConflict) };
      },
    }),
    route({
      method: 'post',
      path: '/v1/conflicts/{id}/dismiss',
      id: 'dismissConflict',
      tag: 'Merges',
      summary: 'Two customers rightly share an address',
      scope: 'profiles:write',
      params: z.object({ id: z.string().max(100) }),
      status: 200,
      reply: ConflictView,
      errors: ['not-found', 'conflict'],
      async handle({ params: { id } }) {
        return { body: viewConflict(await dismissConflict(deps.mongo, id, deps.clock())) };
      },
    }),
  ];
}
