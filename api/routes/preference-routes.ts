import type { Request } from 'express';
import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import type { JsonObject } from '#domain/json.ts';
import { spokenName } from '#domain/profile/identity.ts';
import {
  PREFERENCES_CHANGED,
  PREFERENCES_CHARS_MAX,
  PREFERENCES_FULL,
  PREFERENCES_MAX,
  PREFERENCES_STALE,
} from '#domain/profile/preferences.ts';
import { PreferencesSaid } from '#domain/profile/preferences-said.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { faultOfEvent } from '#events/fault-of-event.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route, type RouteReply } from '../route.ts';
import { Instant, iso } from '../views.ts';
import { APPLIED_WITHIN_MS, appliedProfile, IdentityParam } from './profile-routes.ts';

const PreferencesReply = z.object({
  preferences: z.record(z.string(), z.unknown()),
  revision: z.number().int().describe('Grows with each change; 0: none was ever said.'),
  updatedAt: Instant.nullable(),
});
type PreferencesReply = z.infer<typeof PreferencesReply>;

const PATH = '/v1/profiles/{identity}/preferences';

const CHANGING =
  'An event like any other; a read right after shows it. With `If-Match` and the `ETag` of an earlier answer it is made only if nothing was changed since, else 412. 503 when it is recorded but not yet applied within five seconds.';

const EXAMPLES = {
  wellKnown: {
    ...{ language: 'de', zone: 'Europe/Berlin', channels: ['push', 'email'] },
    ...{ topics: { offers: true, news: false }, maxPerWeek: 2 },
  },
  own: { theme: 'dark', favourite_store: 'berlin-1' },
};

/** What customers wish, for Kairos and for the shop's other services. */
export function preferenceRoutes(deps: AppDeps): Route[] {
  return [readRoute(deps), replaceRoute(deps), changeRoute(deps)];
}

function readRoute(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: PATH,
    id: 'readPreferences',
    tag: 'Profiles',
    summary: 'What a customer wishes',
    description: 'The `ETag` names this state: send it as `If-Match` with a change.',
    scope: 'profiles:read',
    params: IdentityParam,
    status: 200,
    reply: PreferencesReply,
    errors: ['not-found'],
    async handle({ params }) {
      return view(await appliedProfile(deps, params.identity));
    },
  });
}

const changing = {
  tag: 'Profiles',
  scope: 'profiles:write',
  params: IdentityParam,
  body: { schema: PreferencesSaid, examples: EXAMPLES },
  status: 200,
  reply: PreferencesReply,
  errors: ['not-found', 'precondition-failed'],
  conditional: true,
  path: PATH,
} as const;

function replaceRoute(deps: AppDeps): Route {
  return route({
    ...changing,
    method: 'put',
    id: 'putPreferences',
    summary: 'Say all that a customer wishes; what is not named is removed',
    description: CHANGING,
    handle: ({ params, body: set, request }) =>
      change(deps, { identity: params.identity, set, replace: true, request }),
  });
}

function changeRoute(deps: AppDeps): Route {
  return route({
    ...changing,
    method: 'patch',
    id: 'patchPreferences',
    summary: 'Say some of what a customer wishes; null removes one',
    description: CHANGING,
    handle: ({ params, body: set, request }) =>
      change(deps, { identity: params.identity, set, replace: false, request }),
  });
}

interface Change {
  identity: string;
  set: JsonObject;
  replace: boolean;
  request: Request;
}

async function change(
  deps: AppDeps,
  { identity, set, replace, request }: Change,
): Promise<RouteReply<PreferencesReply>> {
  const profile = await appliedProfile(deps, identity);
  const isConditional = mustMatch(request.get('if-match'), profile);
  const revision = profile.preferences?.revision ?? 0;
  const { id } = await deps.acceptAdminEvent({
    profileId: profile._id,
    name: PREFERENCES_CHANGED,
    properties: {
      set,
      ...(replace ? { replace } : {}),
      ...(isConditional ? { revision } : {}),
    },
    by: spokenName(identity),
  });
  if (!(await deps.awaitApplied([id], APPLIED_WITHIN_MS))) {
    throw new DomainError(
      'unavailable',
      'The change is recorded for good, but the profile does not show it yet.',
      { retryAfterS: 5 },
    );
  }
  const fault = await faultOfEvent(deps.mongo.collections, id);
  if (fault === PREFERENCES_STALE) throw stale();
  if (fault === PREFERENCES_FULL) throw full();
  return view(await appliedProfile(deps, identity));
}

/** Whether a change depends on the state it was made for. @throws DomainError `precondition-failed` */
function mustMatch(header: string | undefined, profile: Profile): boolean {
  const tags = header?.split(',').map((tag) => tag.trim()) ?? [];
  if (tags.length === 0 || tags.includes('*')) return false;
  if (tags.includes(tagOf(profile))) return true;
  throw stale();
}

function stale(): DomainError {
  return new DomainError(
    'precondition-failed',
    'These preferences were changed since. Nothing was changed now: read them again, and send the change with the new ETag.',
  );
}

function full(): DomainError {
  return invalid('With these the customer would have too many preferences. Nothing was changed.', [
    {
      pointer: '#',
      detail: `At most ${String(PREFERENCES_MAX)} names, and ${String(PREFERENCES_CHARS_MAX)} characters as JSON: remove some with null first.`,
    },
  ]);
}

/** Of the profile, too: the same address may be another customer's by the next call. */
function tagOf({ _id, preferences }: Profile): string {
  return `"${_id}.${String(preferences?.revision ?? 0)}"`;
}

function view(profile: Profile): RouteReply<PreferencesReply> {
  const { values = {}, revision = 0, at } = profile.preferences ?? {};
  return {
    body: { preferences: values, revision, updatedAt: at === undefined ? null : iso(at) },
    headers: { ETag: tagOf(profile) },
  };
}
