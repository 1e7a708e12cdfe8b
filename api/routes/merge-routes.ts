import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { explainMerge, type BeforeMerge } from '#domain/merge/explain-merge.ts';
import { MERGE_UNDONE, PROFILES_MERGED } from '#domain/merge/merge-events.ts';
import { UNDO_REFUSALS } from '#domain/merge/undo-refusal.ts';
import { spokenName } from '#domain/profile/identity.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { claimMerge } from '#merges/claim-merge.ts';
import { findMerge, findMergeOfEvent, listMerges } from '#merges/find-merge.ts';
import { readAsMerged, readBeforeMerge } from '#merges/read-before-merge.ts';
import type { StoredMerge } from '#platform/identity-documents.ts';
import { readUndoable } from '#profiles/read-undoable.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route, type RouteReply } from '../route.ts';
import { Instant, iso } from '../views.ts';
import { Identity } from '../identity-word.ts';
import { APPLIED_WITHIN_MS, appliedProfile } from './profile-routes.ts';

const MergeRequest = z.strictObject({
  keep: Identity,
  merge: Identity,
  dryRun: z.boolean().optional().describe('Only say what would change.'),
});

const Change = z.object({
  what: z
    .enum(['attribute', 'consent', 'preference', 'trait', 'identity', 'segment', 'run', 'conflict'])
    .describe('A conflict is an address that both claim: the merge closes it.'),
  name: z.string(),
  keep: z.unknown().describe('As the kept profile has it; null: not at all.'),
  merge: z.unknown().describe('As the merged profile has it.'),
  result: z
    .unknown()
    .describe('What the customer has then; null: not known, as of segments before the merge.'),
  wins: z.enum(['keep', 'merge', 'both']).nullable().describe('Null where no result is known.'),
  why: z.string(),
});

const MergeReply = z.object({
  id: z.string().nullable().describe('By which it can be undone; null of a dry run.'),
  changes: z.array(Change),
});

const MergeView = z.object({
  id: z.string(),
  kept: z.string().describe('Profile id.'),
  merged: z.string().describe('Profile id.'),
  at: Instant,
  source: z
    .string()
    .nullable()
    .describe('Who said it: a call with a server or browser key, or somebody by this API (admin).'),
  undoneAt: Instant.nullable(),
});

function viewMerge(merge: StoredMerge): z.infer<typeof MergeView> {
  const { _id: id, kept, merged, at, source = null, undone } = merge;
  const undoneAt = undone === undefined ? null : iso(undone.at);
  return { id, kept, merged, at: iso(at), source, undoneAt };
}

/** Merges by hand, what became of them, and how they are undone. */
export function mergeRoutes(deps: AppDeps): Route[] {
  return [mergeRoute(deps), undoRoute(deps), ...readRoutes(deps)];
}

function mergeRoute(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    method: 'post',
    path: '/v1/merges',
    id: 'mergeProfiles',
    tag: 'Merges',
    summary: 'Make two profiles one customer, or see what that would change',
    description:
      'Of attributes the later word stands, of consents the stricter. The kept profile’s own customer id stays its own; the other’s finds the same customer. 503 when the merge is recorded but not yet applied within five seconds.',
    scope: 'profiles:write',
    body: {
      schema: MergeRequest,
      examples: { preview: { keep: 'external:42', merge: 'email:a@b.example', dryRun: true } },
    },
    status: 200,
    reply: MergeReply,
    errors: ['not-found', 'conflict'],
    idempotent: true,
    replay: {
      // What was changed are values of customers: they stand with the merge and nowhere else.
      keep: ({ id }) => ({ id }),
      async tell(kept) {
        const { id } = MergeReply.pick({ id: true }).parse(kept);
        return id === null ? null : { id, changes: await changesOf(deps, await findMerge(c, id)) };
      },
    },
    async handle({ body }) {
      const keep = await named(deps, body, 'keep');
      const merge = await named(deps, body, 'merge');
      if (keep._id === merge._id) {
        throw new DomainError('conflict', 'These identities are one customer’s already.');
      }
      if (keep.erasedAt !== null || merge.erasedAt !== null) {
        throw new DomainError('conflict', 'One of these customers has been erased.');
      }
      if (body.dryRun === true) {
        const before = await readBeforeMerge(deps.mongo.collections, keep, merge);
        return { body: { id: null, changes: await explain(deps, before) } };
      }
      return carryOut(deps, { keep, merge, by: spokenName(body.keep) });
    },
  });
}

/** @throws DomainError `not-found`, which says whether it is the one to be kept or the other */
async function named(
  deps: AppDeps,
  body: z.infer<typeof MergeRequest>,
  which: 'keep' | 'merge',
): Promise<Profile> {
  try {
    return await appliedProfile(deps, body[which]);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not-found') throw error;
    throw new DomainError('not-found', `\`${which}\`: ${error.message}`);
  }
}

type Reply = RouteReply<z.infer<typeof MergeReply>>;

async function carryOut(
  deps: AppDeps,
  { keep, merge, by }: { keep: Profile; merge: Profile; by: string },
): Promise<Reply> {
  const c = deps.mongo.collections;
  await claimMerge(c, { keep: keep._id, merge: merge._id }, deps.clock());
  const { id: eventId } = await deps.acceptAdminEvent({
    profileId: keep._id,
    name: PROFILES_MERGED,
    properties: { merged: merge._id },
    by,
    merges: [merge._id],
  });
  await untilApplied(deps, eventId, 'merge');
  const stored = await findMergeOfEvent(c, eventId);
  if (stored === null) {
    throw new DomainError('conflict', 'These identities became one customer’s in another way.');
  }
  return { body: { id: stored._id, changes: await changesOf(deps, stored) } };
}

/** None of a merge that is undone, or older than merges are kept. */
async function changesOf(
  deps: AppDeps,
  stored: StoredMerge | null,
): Promise<z.infer<typeof MergeReply>['changes']> {
  const before = stored && (await readAsMerged(deps.mongo.collections, stored));
  return before === null ? [] : explain(deps, before);
}

async function explain(
  deps: AppDeps,
  before: Omit<BeforeMerge, 'shopCurrency' | 'lists'>,
): Promise<z.infer<typeof MergeReply>['changes']> {
  const { kept } = await deps.segments.definitions();
  const byHand = kept.segments.filter(({ condition }) => condition === null);
  const lists = new Set(byHand.map(({ key }) => key));
  return explainMerge({ ...before, lists, shopCurrency: deps.config.KAIROS_CURRENCY });
}

/** @throws DomainError `unavailable` when it takes too long; it is durable all the same. */
async function untilApplied(deps: AppDeps, eventId: string, what: string): Promise<void> {
  if (await deps.awaitApplied([eventId], APPLIED_WITHIN_MS)) return;
  throw new DomainError(
    'unavailable',
    `The ${what} is recorded for good, but the profiles do not show it yet.`,
    { retryAfterS: 5 },
  );
}

const IdParam = z.object({ id: z.string().max(200) });

function noSuchMerge(): DomainError {
  return new DomainError(
    'not-found',
    'There is no merge with this id, or it is longer ago than merges are kept.',
  );
}

function undoRoute(deps: AppDeps): Route {
  const c = deps.mongo.collections;
  return route({
    method: 'post',
    path: '/v1/merges/{id}/undo',
    id: 'undoMerge',
    tag: 'Merges',
    summary: 'Undo a merge, as if it had not been',
    description:
      'Both profiles are what they would be without the merge: each event since goes to the owner of the identity it came with. Messages sent and runs ended since stay as they are. The two are never merged by a tracking call again. Of several merges into one profile the latest is undone first.',
    scope: 'profiles:write',
    params: IdParam,
    status: 200,
    reply: MergeView,
    errors: ['not-found', 'conflict'],
    async handle({ params: { id } }) {
      const undoable = await readUndoable(c, id);
      if (undoable === null) throw noSuchMerge();
      if ('refusal' in undoable) {
        throw new DomainError('conflict', UNDO_REFUSALS[undoable.refusal]);
      }
      const { id: eventId } = await deps.acceptAdminEvent({
        profileId: undoable.merge.kept,
        name: MERGE_UNDONE,
        properties: { merge: id },
        by: undoable.merge.kept,
        merges: [],
        undoes: id,
      });
      await untilApplied(deps, eventId, 'wish to undo the merge');
      const stored = await findMerge(c, id);
      if (stored === null) throw noSuchMerge();
      if (stored.undone?.eventId !== eventId) {
        throw new DomainError(
          'conflict',
          'Something else was done to these profiles meanwhile, so the merge was not undone. Look at it and ask again.',
        );
      }
      return { body: viewMerge(stored) };
    },
  });
}

function readRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  return [
    route({
      method: 'get',
      path: '/v1/merges',
      id: 'listMerges',
      tag: 'Merges',
      summary: 'Merges, newest first',
      scope: 'profiles:read',
      query: z.strictObject({ profile: Identity.optional(), ...pageQuery }),
      status: 200,
      reply: listOf(MergeView),
      async handle({ query: { profile, ...page } }) {
        const profileId = profile === undefined ? undefined : await deps.findProfileId(profile);
        if (profileId === null) return { body: { data: [], next: null } };
        const found = await listMerges(c, profileId, pageRequest(page));
        return { body: pageReply(found, viewMerge) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/merges/{id}',
      id: 'readMerge',
      tag: 'Merges',
      summary: 'One merge: which value won and why',
      scope: 'profiles:read',
      params: IdParam,
      status: 200,
      reply: MergeView.extend({ changes: z.array(Change) }),
      errors: ['not-found'],
      async handle({ params: { id } }) {
        const stored = await findMerge(c, id);
        if (stored === null) throw noSuchMerge();
        return { body: { ...viewMerge(stored), changes: await changesOf(deps, stored) } };
      },
    }),
  ];
}
