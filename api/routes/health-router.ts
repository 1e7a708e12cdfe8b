import { Router } from 'express';
import { oldestOwnerBeat } from '#platform/heartbeat.ts';
import { CHECK_TIMEOUT_MS, primaryAnswers, readinessAnswer, within } from '#platform/readiness.ts';
import type { AppDeps } from '../deps.ts';

/** Each owner of partitions beats once a second: older than this and its share lies untouched. */
const HEARTBEAT_AGE_MAX_MS = 10_000;

/** `/healthz`: this process lives. `/readyz`: everything a customer's event needs works. */
export function createHealthRouter(deps: AppDeps): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.locals.route = '/healthz';
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    res.locals.route = '/readyz';
    const { status, body } = readinessAnswer(await readiness(deps));
    res.set('Cache-Control', 'no-store');
    if (status === 503) res.set('Retry-After', '1');
    res.status(status).json(body);
  });
  return router;
}

/** What works now: the database's primary, Temporal, the event path, and the sandbox if one is used. */
export async function readiness(deps: AppDeps): Promise<Record<string, boolean>> {
  const { KAIROS_SANDBOX_URL: sandbox } = deps.config;
  const [mongo, temporal, events, inbox] = await Promise.all([
    within(primaryAnswers(deps.mongo.db)),
    within(deps.temporalVersion().then(() => true)),
    within(ownersBeat(deps)),
    sandbox === undefined ? null : within(sandboxAnswers(sandbox)),
  ]);
  return {
    mongo,
    temporal,
    events,
    ...(inbox === null ? {} : { sandbox: inbox }),
    ...(deps.ending?.aborted === true ? { api: false } : {}),
  };
}

async function ownersBeat({ mongo, clock }: AppDeps): Promise<boolean> {
  const at = await oldestOwnerBeat(mongo.db, CHECK_TIMEOUT_MS);
  return at !== null && clock() - at < HEARTBEAT_AGE_MAX_MS;
}

async function sandboxAnswers(base: string): Promise<boolean> {
  const reply = await fetch(new URL('/healthz', base), {
    signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
  });
  await reply.body?.cancel();
  return reply.ok;
}
