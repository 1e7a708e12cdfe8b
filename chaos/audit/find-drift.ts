import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { KairosClient } from '#chaos/kairos-client.ts';
import type { Finding } from './findings.ts';

const LOOK_EVERY_MS = 500;

const Begun = z.object({ id: z.string() });
const Report = z.object({
  status: z.string(),
  looked: z.number(),
  drifted: z.number(),
  unproven: z.number(),
  skipped: z.number(),
  drifts: z.array(z.object({ profile: z.string(), paths: z.array(z.string()) })),
});

/**
 * Has Kairos reckon every profile again from its events, in another way than that which applied
 * them: with checkpoints, expired events and all. Nothing may differ, and nothing may be left out.
 * @throws when `signal` ends it, or Kairos refuses
 */
export async function findDrift(
  kairos: KairosClient,
  signal: AbortSignal,
): Promise<{ looked: number; findings: Finding[] }> {
  const call = {
    ...({ method: 'POST', route: '/v1/reconciles', body: {} } as const),
    headers: { 'idempotency-key': randomUUID() },
  };
  const answer = await kairos.insist(() => kairos.admin(call), signal);
  if (answer.status !== 202) throw new Error(`POST /v1/reconciles: ${answer.text}`);
  const { id } = Begun.parse(JSON.parse(answer.text));
  for (;;) {
    const report = Report.parse(await kairos.read(`/v1/reconciles/${id}`, signal));
    if (report.status === 'completed')
      return { looked: report.looked, findings: findingsOf(report) };
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function findingsOf({ drifted, drifts, unproven, skipped }: z.infer<typeof Report>): Finding[] {
  const drift = (detail: string): Finding => {
    return { kind: 'drift', customer: null, story: null, detail };
  };
  const unnamed = drifted - drifts.length;
  return [
    ...drifts.map(({ profile, paths }) => drift(`profile ${profile}: ${paths.join(', ')}`)),
    ...(unnamed > 0 ? [drift(`${String(unnamed)} more profiles`)] : []),
    ...(unproven > 0 ? [drift(`${String(unproven)} profiles had events missing`)] : []),
    ...(skipped > 0 ? [drift(`${String(skipped)} profiles could not be looked at`)] : []),
  ];
}
