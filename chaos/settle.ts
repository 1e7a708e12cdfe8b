import { setTimeout as sleep } from 'node:timers/promises';
import type { Disturbances } from './audit/disturbances.ts';
import { type ExcuseCounts, judgeExcuses, noExcuses } from './audit/excuses.ts';
import { findDrift } from './audit/find-drift.ts';
import type { Finding } from './audit/findings.ts';
import { judgeCustomer } from './audit/judge-customer.ts';
import { observe } from './audit/observe.ts';
import type { Everything, Observed } from './audit/observed.ts';
import { judgeLeftovers } from './audit/sort-out.ts';
import type { CustomerRecord } from './journal.ts';
import type { KairosClient } from './kairos-client.ts';
import type { Say } from './say.ts';

const LOOK_EVERY_MS = 2_000;

export interface Audit {
  findings: Finding[];
  excused: ExcuseCounts;
  seen: ReadonlyMap<string, Observed>;
  everything: Everything;
}

/** With what Kairos itself found of its profiles. */
export interface WholeAudit extends Audit {
  reconciled: number;
}

export interface Case {
  records: readonly CustomerRecord[];
  disturbances: Disturbances;
}

/**
 * Looks until nothing is left to find, or until `withinMs` are over and nothing gets better any
 * more; then looks once more at everybody and everything, for what is doubled may come late.
 * @throws when `signal` ends it, or Kairos refuses to answer
 */
export async function settle(
  kairos: KairosClient,
  { records, disturbances }: Case,
  { withinMs, say, signal }: { withinMs: number; say: Say; signal: AbortSignal },
): Promise<WholeAudit> {
  const giveUpAt = performance.now() + withinMs;
  let open = records;
  let before = Infinity;
  while (performance.now() < giveUpAt) {
    const { findings } = await look(kairos, { records: open, disturbances }, signal);
    const unsettled = new Set(findings.map(({ customer }) => customer));
    open = open.filter(({ customer }) => unsettled.has(customer.id));
    if (open.length === 0) break;
    if (open.length < before) say(`settling: ${String(open.length)} customers are not there yet`);
    before = open.length;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  const last = await look(kairos, { records, disturbances }, signal);
  const { everything, seen, excused } = last;
  const ofNobody = judgeLeftovers(everything, seen.values());
  const tooOften = judgeExcuses(excused, {
    messages: everything.messages.length,
    strikes: disturbances.ofProviders(),
  });
  say('every profile is reckoned again from its events');
  const drift = await findDrift(kairos, signal);
  return {
    ...last,
    reconciled: drift.looked,
    findings: [...last.findings, ...ofNobody, ...tooOften, ...drift.findings],
  };
}

async function look(
  kairos: KairosClient,
  { records, disturbances }: Case,
  signal: AbortSignal,
): Promise<Audit> {
  const { seen, everything } = await observe(kairos, records, signal);
  const excused = noExcuses();
  const findings = records.flatMap((record) => {
    const observed = seen.get(record.customer.id);
    if (observed === undefined) return [];
    const judgement = judgeCustomer(record, observed, disturbances);
    for (const excuse of judgement.excused) excused[excuse] += 1;
    return judgement.findings;
  });
  return { findings, excused, seen, everything };
}
