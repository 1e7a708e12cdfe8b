import { z } from 'zod';
import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import { spokenName } from '#domain/profile/identity.ts';
import { MEMBER_ADDED, MEMBER_REMOVED } from '#domain/segment/segment.ts';
import { readSegment } from '#segments/read-segment.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Identity } from '../identity-word.ts';
import { APPLIED_WITHIN_MS, IDENTITY_FORMS } from './profile-routes.ts';
import { SegmentKeyParam } from './segment-routes.ts';

/** Identities in one list: more are several calls, or an import. */
const IDENTITIES_MAX = 1_000;
/** Looked up and written side by side: the store answers these as one. */
const LANES = 20;

const Identities = z.array(Identity).max(IDENTITIES_MAX).default([]);

/** Adding people to a list kept by hand, and taking them off it. */
export function segmentMemberRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  return [
    route({
      method: 'post',
      path: '/v1/segments/{key}/members',
      id: 'changeSegmentMembers',
      tag: 'Segments',
      summary: 'Add people to a static segment, or take them off it',
      description:
        'Events like any other; a read right after shows them. Who is unknown is named by place and does not hurt the others. 503 when all is recorded but not yet applied within five seconds.',
      scope: 'segments:write',
      params: SegmentKeyParam,
      body: {
        schema: z.strictObject({ add: Identities, remove: Identities }),
        examples: { two: { add: ['external:42'], remove: ['email:a@b.example'] } },
      },
      status: 200,
      reply: z.object({
        added: z.number().int().describe('People told to be in it, whether they were or not.'),
        removed: z.number().int(),
        unknown: z.array(z.object({ pointer: z.string(), detail: z.string() })),
      }),
      errors: ['not-found'],
      async handle({ params: { key }, body: { add, remove } }) {
        if ((await readSegment(c, key)).condition !== null) throw notStatic();
        const added = await tell(deps, add, { key, name: MEMBER_ADDED, list: 'add' });
        const removed = await tell(deps, remove, { key, name: MEMBER_REMOVED, list: 'remove' });
        const ids = [...added.ids, ...removed.ids];
        if (ids.length > 0 && !(await deps.awaitApplied(ids, APPLIED_WITHIN_MS))) {
          throw new DomainError(
            'unavailable',
            'The changes are recorded for good, but the segment does not show them yet.',
            { retryAfterS: 5 },
          );
        }
        return {
          body: {
            added: added.ids.length,
            removed: removed.ids.length,
            unknown: [...added.unknown, ...removed.unknown],
          },
        };
      },
    }),
  ];
}

function notStatic(): DomainError {
  return invalid(
    'Members follow from the condition of this segment: only those of a static segment are named.',
  );
}

interface Told {
  /** Of the events accepted. */
  ids: string[];
  unknown: Fault[];
}

async function tell(
  deps: AppDeps,
  identities: readonly string[],
  { key, name, list }: { key: string; name: string; list: string },
): Promise<Told> {
  const found = await inLanes(identities, (identity) => deps.findProfileId(identity));
  const unknown = found.flatMap((id, index) =>
    id === null
      ? [
          {
            pointer: `#/${list}/${String(index)}`,
            detail: `No profile has this identity. ${IDENTITY_FORMS}`,
          },
        ]
      : [],
  );
  // One person may be named twice, by different identities.
  const people = new Map(
    found.flatMap((id, index) => (id === null ? [] : [[id, identities[index] ?? id] as const])),
  );
  const accepted = await inLanes([...people], ([profileId, identity]) =>
    deps.acceptAdminEvent({
      profileId,
      name,
      properties: { segment: key },
      by: spokenName(identity),
    }),
  );
  return { ids: accepted.map(({ id }) => id), unknown };
}

/** In the order of the items, so many at a time. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let from = 0; from < items.length; from += LANES) {
    done.push(...(await Promise.all(items.slice(from, from + LANES).map(work))));
  }
  return done;
}
