import { Router } from 'express';
import { CHECK_TIMEOUT_MS, primaryAnswers, readinessAnswer, within } from '#platform/readiness.ts';
import type { AppDeps } from '../deps.ts';

/** The router writes its heartbeat each second: older than this and events lie untouched. */
const HEARTBEAT_AGE_MAX_MS = 10_000;

interface Heartbeat {
  _id: string;
  /** Epoch ms or a BSON date. */
  at: number | Date;
}

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
    within(deps.pingTemporal()),
    within(routerBeats(deps)),
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

async function routerBeats({ mongo, clock }: AppDeps): Promise<boolean> {
  const beat = await mongo.db.collection<Heartbeat>('heartbeats').findOne({ _id: 'router' });
  return beat !== null && clock() - Number(beat.at) < HEARTBEAT_AGE_MAX_MS;
}

async function sandboxAnswers(base: string): Promise<boolean> {
  const reply = await fetch(new URL('/healthz', base), {
    signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
  });
  await reply.body?.cancel();
  return reply.ok;
}
