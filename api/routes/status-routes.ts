import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RUN_STATUSES } from '#domain/journey/run.ts';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { createCountPending } from '#events/accept-pressure.ts';
import { countJourneys, countRuns } from '#journeys/count-runs.ts';
import { countMessages } from '#messages/count-messages.ts';
import { within } from '#platform/readiness.ts';
import type { AppDeps } from '../deps.ts';
import { route, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

/** Nothing is counted further than this: a walk over so many index entries takes a second at most. */
const COUNT_MAX = 1_000_000;

/** "Lately", for messages: a day shows a provider's trouble whatever the hour. */
const LATELY_MS = 24 * 60 * 60 * 1000;

const Package = z.object({ version: z.string() });

const Count = z.number().int();

function countsOf<K extends string>(keys: readonly K[]) {
  return z.record(z.enum(keys), Count);
}

const StatusReply = z.object({
  at: Instant,
  versions: z.object({
    kairos: z.string(),
    node: z.string(),
    mongodb: z.string(),
    temporal: z.string().nullable().describe('Null while Temporal does not answer.'),
  }),
  backlog: Count.describe('Events accepted and not yet routed.'),
  journeys: countsOf(['draft', 'live', 'paused', 'stopped']),
  runs: countsOf(RUN_STATUSES),
  messages: countsOf(MESSAGE_STATUSES).describe('Those of the last 24 hours.'),
  countsUpTo: Count.describe('A count that says this much means "or more".'),
});

/** What an operator looks at first; metrics say the same over time. */
export function statusRoutes(deps: AppDeps): Route[] {
  const { mongo, clock } = deps;
  const c = mongo.collections;
  const countPending = createCountPending(c);
  return [
    route({
      method: 'get',
      path: '/v1/status',
      id: 'readStatus',
      tag: 'Support',
      summary: 'How this installation stands: versions, backlog, counts',
      scope: 'runs:read',
      status: 200,
      reply: StatusReply,
      async handle() {
        const at = clock();
        const [build, kairos, temporal, backlog, journeys, runs, messages] = await Promise.all([
          mongo.db.command({ buildInfo: 1 }),
          ownVersion(),
          versionInTime(() => deps.temporalVersion()),
          countPending(COUNT_MAX),
          countJourneys(c),
          countRuns(c, COUNT_MAX),
          countMessages(c, at - LATELY_MS, COUNT_MAX),
        ]);
        const { node } = process.versions;
        const versions = { kairos, node, mongodb: String(build.version), temporal };
        const counts = { backlog, journeys, runs, messages, countsUpTo: COUNT_MAX };
        return { body: { at: iso(at), versions, ...counts } };
      },
    }),
  ];
}

/** What Temporal says within the time of a readiness check; null where it says nothing. */
async function versionInTime(ask: () => Promise<string>): Promise<string | null> {
  const said: { version: string | null } = { version: null };
  await within(
    ask().then((version) => {
      said.version = version;
      return true;
    }),
  );
  return said.version;
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return Package.parse(JSON.parse(text)).version;
}
