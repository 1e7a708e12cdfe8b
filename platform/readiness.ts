import type { Db } from 'mongodb';

/** Each check ends within this, so that a probe never hangs. */
export const CHECK_TIMEOUT_MS = 2_000;

/** True when the database's primary answers; throws or hangs where it does not. */
export async function primaryAnswers(db: Db): Promise<boolean> {
  const hello = await db.command({ hello: 1 });
  return hello.isWritablePrimary === true;
}

/** False when the check fails or takes too long; why is no business of an open endpoint. */
export async function within(check: Promise<boolean>): Promise<boolean> {
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

/** The answer of a readiness probe: 200 when all is well, else 503 and what is not. */
export function readinessAnswer(checks: Readonly<Record<string, boolean>>): {
  status: 200 | 503;
  body: { status: string; checks: Record<string, 'ok' | 'failing'> };
} {
  const isReady = Object.values(checks).every(Boolean);
  return {
    status: isReady ? 200 : 503,
    body: {
      status: isReady ? 'ready' : 'not ready',
      checks: Object.fromEntries(
        Object.entries(checks).map(([name, ok]) => [name, ok ? 'ok' : 'failing']),
      ),
    },
  };
}
