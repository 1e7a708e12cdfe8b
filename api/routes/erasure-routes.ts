import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { spokenName } from '#domain/profile/identity.ts';
import { beginErasure } from '#erasures/begin-erasure.ts';
import { reportOf, type ErasureReport } from '#erasures/erasure-report.ts';
import { personData, PERSON_FORMATS } from '#erasures/person-data.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { listSuppressions } from '#messages/list-suppressions.ts';
import { refuseAtAddress } from '#messages/suppress-address.ts';
import type { StoredErasure } from '#platform/erasure-documents.ts';
import { readProfile } from '#profiles/read-profile.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';
import { appliedProfile, IdentityParam, shopOf } from './profile-routes.ts';

const Counts = z.record(z.string(), z.number().int());

const ErasureView = z.object({
  id: z.string(),
  status: z.enum(['running', 'completed']),
  requestedAt: Instant.describe('From here on nothing goes out to them and nobody is known.'),
  completedAt: Instant.nullable().describe('All that was kept of them is gone.'),
  lookedAgainAt: Instant.nullable().describe(
    'A minute later, and once every file then in flight was read: nothing had come back.',
  ),
  profiles: z.array(z.string()).describe('Ids that lead to nobody any more.'),
  deleted: Counts.describe('Documents deleted, by collection.'),
  cut: Counts.describe('Documents that stay, without the person.'),
  workflowHistories: z.number().int().describe('Deleted in Temporal.'),
  kept: z.object({ suppressions: z.number().int(), identities: z.number().int() }),
  namedIn: z.object({ segments: z.array(z.string()) }),
  importsUnderWay: z.array(z.string()),
  jws: z
    .string()
    .nullable()
    .describe(
      'The same, signed: a JWS (RFC 7515) with EdDSA by a key of `/.well-known/jwks.json`; null while it runs.',
    ),
});

const FormatQuery = z.strictObject({
  format: z.enum(PERSON_FORMATS).default('json').describe('`ndjson`: a line for each part.'),
});

/** A person's rights: to have all that is kept of them, and to have it erased. */
export function erasureRoutes(deps: AppDeps): Route[] {
  return [exportRoute(deps), eraseRoute(deps), readRoute(deps)];
}

function exportRoute(deps: AppDeps): Route {
  const { mongo } = deps;
  return route({
    method: 'post',
    path: '/v1/profiles/{identity}/export',
    id: 'exportPerson',
    tag: 'Profiles',
    summary: 'Everything that is kept of one person, as one document',
    description:
      'Profile, identities, events, messages, runs, orders and all else, of any size: it is made while it is sent. By the same list as an erasure.',
    scope: ['profiles:read', 'exports:read'],
    params: IdentityParam,
    query: FormatQuery,
    status: 200,
    reply: z.unknown(),
    download: ['application/json', 'application/x-ndjson'],
    errors: ['not-found'],
    async handle({ params, query: { format } }) {
      const profile = await appliedProfile(deps, params.identity);
      const [shown, suppressions] = await Promise.all([
        shopOf(deps).then((shop) => readProfile(mongo.collections, profile, shop)),
        listSuppressions(mongo.collections, profile),
      ]);
      const standing = suppressions.map(({ channel, reason, scope = 'all', at }) => ({
        ...{ channel, reason, scope, at: iso(at) },
      }));
      const head = { exportedAt: iso(deps.clock()), profile: shown, suppressions: standing };
      const type = format === 'json' ? 'application/json' : 'application/x-ndjson';
      const body = personData(mongo, { profileId: profile._id, format, head });
      return { body: undefined, file: { type, name: `person.${format}`, isText: true, body } };
    },
  });
}

function eraseRoute(deps: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/profiles/{identity}/erase',
    id: 'erasePerson',
    tag: 'Profiles',
    summary: 'Erase a person',
    description:
      'From the answer on nothing goes out to them, and events of before do not come back. The rest goes within moments: runs under way and their histories, messages, events, orders. Hashes of the addresses stay on the suppression list. Who comes again later is a new customer. It cannot be undone. A repeat answers the same erasure; while Temporal is away the second part waits for it.',
    scope: 'profiles:write',
    params: IdentityParam,
    status: 202,
    reply: ErasureView,
    errors: ['not-found'],
    idempotent: true,
    async handle({ params: { identity } }) {
      const erasure = (await earlier(deps, identity)) ?? (await begin(deps, identity));
      await startOrLeave(deps, erasure._id);
      const headers = { Location: `/v1/erasures/${erasure._id}` };
      return { body: view(erasure), headers };
    },
  });
}

/** A repeat by a client that heard no answer: nobody has the identity any more. */
async function earlier(deps: AppDeps, identity: string): Promise<StoredErasure | null> {
  const isKnown = (await deps.findProfileId(identity)) !== null;
  return isKnown ? null : deps.erasures.of(spokenName(identity));
}

/** While Temporal is away the worker begins it later: what was asked for is durable. */
async function startOrLeave(deps: AppDeps, id: string): Promise<void> {
  try {
    await deps.startErasure(id);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}

async function begin(deps: AppDeps, identity: string): Promise<StoredErasure> {
  const { mongo, clock } = deps;
  const { _id: profileId } = await appliedProfile(deps, identity);
  const at = clock();
  const begun = await beginErasure(mongo, {
    ...{ profileId, at },
    refuse: ({ channel, address }, session) => {
      const addressHash = hashAddress(channel, address);
      const refused = { channel, addressHash, at, reason: 'erased' } as const;
      return refuseAtAddress(mongo.collections, refused, session);
    },
  });
  const erasure = begun ?? (await deps.erasures.of(profileId));
  if (erasure !== null) return erasure;
  throw new DomainError('not-found', 'This person is being changed. Please repeat.');
}

function readRoute(deps: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/erasures/{id}',
    id: 'readErasure',
    tag: 'Profiles',
    summary: 'What was done to erase a person, signed',
    scope: 'profiles:read',
    params: z.object({ id: z.string().max(200) }),
    status: 200,
    reply: ErasureView,
    errors: ['not-found'],
    async handle({ params: { id } }) {
      const erasure = await deps.erasures.find(id);
      if (erasure === null) throw new DomainError('not-found', 'There is no such erasure.');
      return { body: view(erasure) };
    },
  });
}

function view(erasure: StoredErasure): ErasureReport & { jws: string | null } {
  return { ...reportOf(erasure), jws: erasure.jws };
}
