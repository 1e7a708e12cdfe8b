import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RUN_STATUSES } from '#domain/journey/run.ts';
import { MESSAGE_STATUSES } from '#domain/message/message.ts';
import { createCountPending } from '#events/accept-pressure.ts';
import { countJourneys, countRuns } from '#journeys/count-runs.ts';
import { countMessages } from '#messages/count-messages.ts';
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
  versions: z.object({ kairos: z.string(), node: z.string(), mongodb: z.string() }),
  backlog: Count.describe('Events accepted and not yet routed.'),
  journeys: countsOf(['draft', 'live', 'paused', 'stopped']),
  runs: countsOf(RUN_STATUSES),
  messages: countsOf(MESSAGE_STATUSES).describe('Those of the last 24 hours.'),
  countsUpTo: Count.describe('A count that says this much means "or more".'),
});

/** What an operator looks at first; metrics say the same over time. */
export function statusRoutes({ mongo, clock }: AppDeps): Route[] {
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
        const [build, kairos, backlog, journeys, runs, messages] = await Promise.all([
          mongo.db.command({ buildInfo: 1 }),
          ownVersion(),
          countPending(COUNT_MAX),
          countJourneys(c),
          countRuns(c, COUNT_MAX),
          countMessages(c, at - LATELY_MS, COUNT_MAX),
        ]);
        const versions = { kairos, node: process.versions.node, mongodb: String(build.version) };
        const counts = { backlog, journeys, runs, messages, countsUpTo: COUNT_MAX };
        return { body: { at: iso(at), versions, ...counts } };
      },
    }),
  ];
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return Package.parse(JSON.parse(text)).version;
}
