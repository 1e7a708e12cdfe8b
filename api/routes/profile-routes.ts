import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { grantOf } from '#domain/consent/double-opt-in.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { spokenName } from '#domain/profile/identity.ts';
import type { SaidConsent } from '#domain/event/event.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { DomainError } from '#domain/errors.ts';
import { listEvents } from '#events/list-events.ts';
import { listRuns } from '#journeys/list-runs.ts';
import { readGateSettings } from '#messages/gate-settings-store.ts';
import { listMessages } from '#messages/list-messages.ts';
import { readProfile } from '#profiles/read-profile.ts';
import type { AppDeps } from '../deps.ts';
import { Identity } from '../identity-word.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import {
  ConsentView,
  EventView,
  MessageView,
  ProfileReply,
  RunView,
  iso,
  viewEvent,
  viewMessage,
  viewRun,
} from '../views.ts';

/** How long a change waits to be seen by a read right after; the router takes a fraction of that. */
export const APPLIED_WITHIN_MS = 5_000;

export const IdentityParam = z.object({ identity: Identity });

const ConsentChange = z.strictObject({
  granted: z.boolean(),
  source: z
    .string({ error: 'Say where it was said, as proof: checkout, support.' })
    .min(1)
    .max(200)
    .describe('Where it was said, as proof: `checkout`, `support`.'),
  text: z.string().max(10_000).optional().describe('The words the person agreed to.'),
  textVersion: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Which version of these words, as the shop calls it.'),
});

/** Wider than the channels that can be sent in today: what is said of any is kept for its day. */
export const ConsentChannel = z.enum([...CHANNELS, 'call']);

const ConsentReply = ConsentView.extend({ channel: ConsentChannel });

/** @throws DomainError `not-found` */
export async function knownProfile(deps: AppDeps, identity: string): Promise<string> {
  const id = await deps.findProfileId(identity);
  if (id === null) throw unknownProfile();
  return id;
}

/** Said of an identity that nobody has: many are there, and lack their kind. */
export const IDENTITY_FORMS =
  'It is written as `external:42`, `email:…`, `phone:…`, `anonymous:…`, or is the id of the profile.';

function unknownProfile(): DomainError {
  return new DomainError('not-found', `No profile has this identity. ${IDENTITY_FORMS}`);
}

/** A customer whose first event was answered is read as soon as it is applied, within this. */
const FIRST_EVENT_MS = 2_000;

/**
 * The profile of a customer; one who is just being made is waited for, so that a read right after
 * the first call finds what that call was answered. @throws DomainError `not-found`
 */
export async function appliedProfile(deps: AppDeps, identity: string): Promise<Profile> {
  const giveUpAt = deps.clock() + FIRST_EVENT_MS;
  for (;;) {
    const profile = await deps.findProfile(identity);
    if (profile !== null) return profile;
    if ((await deps.findProfileId(identity)) === null || deps.clock() > giveUpAt) {
      throw unknownProfile();
    }
    await setTimeout(50);
  }
}

/** What of the shop a profile is shown with. */
export async function shopOf({
  config,
  segments,
}: AppDeps): Promise<Parameters<typeof readProfile>[2]> {
  const kept = await segments.catalogue();
  return { currency: config.KAIROS_CURRENCY, isSegment: (key) => kept.has(key) };
}

export function profileRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  return [
    route({
      method: 'get',
      path: '/v1/profiles/{identity}',
      id: 'readProfile',
      tag: 'Profiles',
      summary: 'Read one customer',
      scope: 'profiles:read',
      params: IdentityParam,
      status: 200,
      reply: ProfileReply,
      errors: ['not-found'],
      async handle({ params }) {
        const profile = await appliedProfile(deps, params.identity);
        return { body: await readProfile(c, profile, await shopOf(deps)) };
      },
    }),
    consentRoute(deps),
    ...historyRoutes(deps),
  ];
}

/** A grant as it is to be recorded: where it has to be confirmed, as a request. */
async function granting(
  { mongo, findProfile }: AppDeps,
  { profileId, channel, said }: { profileId: string; channel: string; said: SaidConsent },
): Promise<ReturnType<typeof grantOf>> {
  const { settings } = await readGateSettings(mongo.collections);
  const isDouble = settings.doubleOptIn.some((one) => one === channel);
  const profile = isDouble ? await findProfile(profileId) : null;
  return grantOf(said, profile?.consents[channel], isDouble);
}

function consentRoute(deps: AppDeps): Route {
  return route({
    method: 'put',
    path: '/v1/profiles/{identity}/consents/{channel}',
    id: 'putConsent',
    tag: 'Profiles',
    summary: 'Record a consent or its withdrawal',
    description:
      'An event like any other; a read right after shows it. 503 when it is recorded but not yet applied within five seconds. In a channel with `doubleOptIn` a grant is `pending` until its link was followed.',
    scope: 'profiles:write',
    params: IdentityParam.extend({ channel: ConsentChannel }),
    body: {
      schema: ConsentChange,
      examples: {
        withdrawn: { granted: false, source: 'support', text: 'Asked by phone.' },
        granted: { granted: true, source: 'checkout', text: 'Yes, …', textVersion: '2026-03' },
      },
    },
    status: 200,
    reply: ConsentReply,
    errors: ['not-found'],
    async handle({ params: { identity, channel }, body }) {
      const { granted, source, text, textVersion } = body;
      const profileId = await knownProfile(deps, identity);
      const said = {
        granted,
        source,
        ...(text === undefined ? {} : { text }),
        ...(textVersion === undefined ? {} : { textVersion }),
      };
      const { name, consent } = granted
        ? await granting(deps, { profileId, channel, said })
        : { name: 'Consent Withdrawn', consent: said };
      const at = deps.clock();
      const { id } = await deps.acceptAdminEvent({
        ...{ profileId, name },
        properties: { channel },
        by: spokenName(identity),
        consents: { [channel]: consent },
        at,
      });
      if (!(await deps.awaitApplied([id], APPLIED_WITHIN_MS))) {
        throw new DomainError(
          'unavailable',
          'The consent is recorded for good, but the profile does not show it yet.',
          { retryAfterS: 5 },
        );
      }
      return { body: { channel, at: iso(at), ...consent } };
    },
  });
}

/** What happened to one customer: events, messages, runs, newest first. */
function historyRoutes(deps: AppDeps): Route[] {
  const c = deps.mongo.collections;
  const links = {
    ui: deps.config.KAIROS_TEMPORAL_UI,
    namespace: deps.config.TEMPORAL_NAMESPACE,
  };
  const list = { method: 'get', tag: 'Profiles', scope: 'profiles:read', status: 200 } as const;
  const query = z.strictObject(pageQuery);
  return [
    route({
      ...list,
      path: '/v1/profiles/{identity}/events',
      id: 'listProfileEvents',
      summary: 'What the customer did, newest first',
      params: IdentityParam,
      query: z.strictObject({
        name: z.string().max(200).optional(),
        system: z
          .enum(['true', 'false'])
          .optional()
          .describe(
            '`false`: without what Kairos or somebody in the shop told; `true`: only that.',
          ),
        ...pageQuery,
      }),
      reply: listOf(EventView),
      errors: ['not-found'],
      async handle({ params, query: { name, system: which, ...page } }) {
        const profileId = await knownProfile(deps, params.identity);
        const system = which === undefined ? undefined : which === 'true';
        const events = await listEvents(c, { profileId, name, system }, pageRequest(page));
        return { body: pageReply(events, viewEvent) };
      },
    }),
    route({
      ...list,
      path: '/v1/profiles/{identity}/messages',
      id: 'listProfileMessages',
      summary: 'What the customer was sent, newest first',
      params: IdentityParam,
      query,
      reply: listOf(MessageView),
      errors: ['not-found'],
      async handle({ params, query: page }) {
        const profileId = await knownProfile(deps, params.identity);
        const messages = await listMessages(c, { profileId }, pageRequest(page));
        return { body: pageReply(messages, viewMessage) };
      },
    }),
    route({
      ...list,
      path: '/v1/profiles/{identity}/runs',
      id: 'listProfileRuns',
      summary: 'The customer’s passages through journeys, newest first',
      params: IdentityParam,
      query,
      reply: listOf(RunView),
      errors: ['not-found'],
      async handle({ params, query: page }) {
        const profileId = await knownProfile(deps, params.identity);
        const runs = await listRuns(c, { profileId }, pageRequest(page));
        return { body: pageReply(runs, (run) => viewRun(run, links)) };
      },
    }),
  ];
}
