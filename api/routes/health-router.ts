import { Router } from 'express';
import type { AppDeps } from '../deps.ts';

/** Each check ends within this, so that a probe never hangs. */
const CHECK_TIMEOUT_MS = 2_000;

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
    const checks = await readiness(deps);
    const ready = Object.values(checks).every(Boolean);
    res.set('Cache-Control', 'no-store');
    if (!ready) res.set('Retry-After', '1');
    res.status(ready ? 200 : 503).json({
      status: ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(
        Object.entries(checks).map(([name, ok]) => [name, ok ? 'ok' : 'failing']),
      ),
    });
  });
  return router;
}

/** What works now: the database's primary, Temporal, the event path, and the sandbox if one is used. */
export async function readiness(deps: AppDeps): Promise<Record<string, boolean>> {
  const { KAIROS_SANDBOX_URL: sandbox } = deps.config;
  const [mongo, temporal, events, inbox] = await Promise.all([
    within(primaryAnswers(deps)),
    within(deps.pingTemporal()),
    within(routerBeats(deps)),
    sandbox === undefined ? null : within(sandboxAnswers(sandbox)),
  ]);
  return { mongo, temporal, events, ...(inbox === null ? {} : { sandbox: inbox }) };
}

/** False when the check fails or takes too long; why is no business of an open endpoint. */
async function within(check: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function primaryAnswers({ mongo }: AppDeps): Promise<boolean> {
  const hello = await mongo.db.command({ hello: 1 });
  return hello.isWritablePrimary === true;
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
