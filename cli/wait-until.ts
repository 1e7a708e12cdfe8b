import { setTimeout as sleep } from 'node:timers/promises';

/** A probe that hangs is as good as a "no": the next one may fare better. */
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Asks again until the probe answers true.
 * @returns false when `timeoutMs` passed first or `signal` was aborted. A probe that throws counts as "not yet".
 */
export async function waitUntil(
  probe: () => boolean | Promise<boolean>,
  options: { timeoutMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<boolean> {
  const until = performance.now() + options.timeoutMs;
  while (options.signal?.aborted !== true) {
    const answered = await bounded(probe);
    if (answered) return true;
    if (performance.now() > until) return false;
    await sleep(options.everyMs ?? 100);
  }
  return false;
}

async function bounded(probe: () => boolean | Promise<boolean>): Promise<boolean> {
  const enough = new AbortController();
  try {
    return await Promise.race([
      Promise.resolve().then(probe),
      sleep(PROBE_TIMEOUT_MS, false, { signal: enough.signal }),
    ]);
  } catch {
    return false;
  } finally {
    enough.abort();
  }
}
