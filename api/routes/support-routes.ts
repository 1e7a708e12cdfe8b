import { z } from 'zod';
import { CHANNELS } from '#domain/message/message.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { latestEvents } from '#events/latest-events.ts';
import { listEvents } from '#events/list-events.ts';
import { exitEvents } from '#domain/journey/match-entry.ts';
import { explainAbsence } from '#journeys/explain-absence.ts';
import {
  journeyStandings,
  pastRuns,
  supportRuns,
  versionsOf,
  type JourneyStanding,
} from '#journeys/support-runs.ts';
import { listMessages, messagesBesideRuns } from '#messages/list-messages.ts';
import { listSuppressions } from '#messages/list-suppressions.ts';
import { readProfile } from '#profiles/read-profile.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { SupportReply, viewSupportMessage, viewSupportRun } from '../support-views.ts';
import { iso, viewEvent } from '../views.ts';
import { Identity } from '../identity-word.ts';
import { appliedProfile, shopOf } from './profile-routes.ts';

/** Runs in one answer: what a screen shows, and the most that stays under a few MB with paths. */
const RUNS_DEFAULT = 10;
const RUNS_MAX = 100;

/** Events shown beside the runs; the whole list is at /v1/profiles/{identity}/events. */
const EVENTS_SHOWN = 20;

/** Messages of campaigns and of the API shown beside them; the whole list is at /v1/messages. */
const OTHERS_SHOWN = 20;

/** Messages of all runs shown; a cascade makes three, so this is far beyond what is shown. */
const MESSAGES_MAX = 1_000;

/** Latest events of each name that are weighed to say why somebody did not get in. */
const EVENTS_WEIGHED = 20;

const Key = z.string().max(200);

const narrowing = {
  journey: Key.optional().describe('Only this journey.'),
  run: Key.optional().describe('Only this run.'),
};

const WhomBody = z.strictObject({
  identity: Identity,
  ...narrowing,
  limit: z.number().int().min(1).max(RUNS_MAX).default(RUNS_DEFAULT).describe('Runs shown.'),
});

const LimitedQuery = z.strictObject({
  ...narrowing,
  limit: z.coerce.number().int().min(1).max(RUNS_MAX).default(RUNS_DEFAULT),
});

interface Question {
  identity: string;
  journey?: string | undefined;
  run?: string | undefined;
  limit: number;
}

/** Support's path: from an address to runs, messages and the places in Temporal's UI in one call. */
export function supportRoutes(deps: AppDeps): Route[] {
  const common = {
    tag: 'Support',
    scope: 'profiles:read',
    status: 200,
    reply: SupportReply,
    errors: ['not-found'],
  } as const;
  const answer = async (question: Question): Promise<{ body: z.infer<typeof SupportReply> }> => ({
    body: await explain(deps, question),
  });
  return [
    route({
      ...common,
      method: 'get',
      path: '/v1/support/{identity}',
      id: 'explainCustomer',
      summary: 'What became of one customer: runs, messages, and why not',
      description:
        'An e-mail address or a phone number in international form may stand without its kind. ' +
        'Use the POST where addresses must not stand in access logs.',
      params: z.object({ identity: Identity }),
      query: LimitedQuery,
      handle: ({ params, query }) => answer({ ...query, identity: params.identity }),
    }),
    route({
      ...common,
      method: 'get',
      path: '/v1/profiles/{identity}/explain',
      id: 'explainProfile',
      summary: 'Why a customer did or did not get into a journey, and get each message',
      description: 'The same as /v1/support/{identity}, beside the other parts of a profile.',
      params: z.object({ identity: Identity }),
      query: LimitedQuery,
      handle: ({ params, query }) => answer({ ...query, identity: params.identity }),
    }),
    route({
      ...common,
      method: 'post',
      path: '/v1/support',
      id: 'explainCustomerByBody',
      summary: 'The same, with the identity in the body',
      body: { schema: WhomBody, examples: { address: { identity: 'anna@shop.example' } } },
      handle: ({ body }) => answer(body),
    }),
  ];
}

/** People give an address as it is; what has a kind already, or is an id, stays as it is. */
function named(identity: string): string {
  const text = identity.trim();
  if (/^\+[\d\s().-]+$/.test(text)) return `phone:${text}`;
  return text.includes('@') && !/^[a-z]+:/.test(text) ? `email:${text}` : text;
}

async function explain(deps: AppDeps, question: Question): Promise<z.infer<typeof SupportReply>> {
  const c = deps.mongo.collections;
  const profile = await appliedProfile(deps, named(question.identity));
  const { journey, run, limit } = question;
  const filter = { profileId: profile._id, journey, run };
  const [shown, others, view, suppressions, events, notEntered] = await Promise.all([
    supportRuns(c, filter, limit + 1),
    messagesBesideRuns(c, { profileId: profile._id, journey, runId: run }, OTHERS_SHOWN),
    readProfile(c, profile, await shopOf(deps)),
    listSuppressions(c, profile),
    listEvents(c, { profileId: profile._id }, { limit: EVENTS_SHOWN, after: null }),
    run === undefined ? whyNot(deps, profile, journey) : [],
  ]);
  return {
    profile: view,
    runs: await viewRuns(deps, shown.slice(0, limit)),
    moreRuns: shown.length > limit,
    otherMessages: others.map(viewSupportMessage),
    suppressions: suppressions.map(({ channel, reason, at }) => ({
      channel: z.enum(CHANNELS).parse(channel),
      reason,
      at: iso(at),
    })),
    notEntered,
    recentEvents: events.rows.map(viewEvent),
  };
}

type Runs = z.infer<typeof SupportReply>['runs'];

async function viewRuns(
  { mongo, config }: AppDeps,
  runs: Awaited<ReturnType<typeof supportRuns>>,
): Promise<Runs> {
  const c = mongo.collections;
  const links = { ui: config.KAIROS_TEMPORAL_UI, namespace: config.TEMPORAL_NAMESPACE };
  const [versions, messages] = await Promise.all([
    versionsOf(c, runs),
    Promise.all(
      runs.map(({ _id: runId }) =>
        listMessages(c, { runId }, { limit: MESSAGES_MAX, after: null }),
      ),
    ),
  ]);
  return runs.map((run, index) => {
    const definition = versions.get(`${run.journey}@${String(run.version)}`)?.definition ?? null;
    const oldestFirst = [...(messages[index]?.rows ?? [])].reverse();
    return viewSupportRun(run, { definition, messages: oldestFirst }, links);
  });
}

type Absences = z.infer<typeof SupportReply>['notEntered'];

async function whyNot(
  { mongo, config }: AppDeps,
  profile: Profile,
  journey: string | undefined,
): Promise<Absences> {
  const c = mongo.collections;
  const [standings, past] = await Promise.all([
    journeyStandings(c, journey),
    pastRuns(c, profile._id),
  ]);
  const names = [...new Set(standings.flatMap(namesHeard))];
  const events = await latestEvents(c, profile._id, names, EVENTS_WEIGHED);
  return standings.flatMap(({ journey: standing, published }) => {
    const runs = past.filter((run) => run.journey === standing._id);
    const absence = explainAbsence({
      journey: standing,
      published,
      runs,
      events,
      profile,
      defaultZone: config.KAIROS_ZONE,
    });
    if (absence === null) return [];
    return {
      journey: standing._id,
      journeyName: standing.draft.name,
      status: standing.status,
      runs: runs.length,
      reason: absence.reason,
      at: absence.at === null ? null : iso(absence.at),
      words: absence.words,
    };
  });
}

/** The events that decide whether an event lets somebody in. */
function namesHeard({ published }: JourneyStanding): string[] {
  const definition = published?.definition;
  if (definition === undefined || !('event' in definition.entry)) return [];
  return [definition.entry.event, ...exitEvents(definition)];
}
