import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './audit/findings.ts';
import { judgeCustomer } from './audit/judge-customer.ts';
import { observe } from './audit/observe.ts';
import type { Observed } from './audit/observed.ts';
import type { CustomerRecord } from './journal.ts';
import type { KairosClient } from './kairos-client.ts';
import type { Say } from './say.ts';

const LOOK_EVERY_MS = 2_000;

export interface Audit {
  findings: Finding[];
  seen: ReadonlyMap<string, Observed>;
}

/**
 * Looks until nothing is left to find, or until `withinMs` are over and nothing gets better any
 * more; then looks once more at everybody, for what is doubled may come late.
 */
export async function settle(
  kairos: KairosClient,
  records: readonly CustomerRecord[],
  { withinMs, say, signal }: { withinMs: number; say: Say; signal: AbortSignal },
): Promise<Audit> {
  const giveUpAt = performance.now() + withinMs;
  let open = records;
  let before = Infinity;
  while (performance.now() < giveUpAt) {
    const audit = await look(kairos, open, signal);
    const unsettled = new Set(audit.findings.map(({ customer }) => customer));
    open = open.filter(({ customer }) => unsettled.has(customer.id));
    if (open.length === 0) break;
    if (open.length < before) say(`settling: ${String(open.length)} customers are not there yet`);
    before = open.length;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return look(kairos, records, signal);
}

async function look(
  kairos: KairosClient,
  records: readonly CustomerRecord[],
  signal: AbortSignal,
): Promise<Audit> {
  const seen = await observe(kairos, records, signal);
  const findings = records.flatMap((record) => {
    const observed = seen.get(record.customer.id);
    return observed === undefined ? [] : judgeCustomer(record, observed);
  });
  return { findings, seen };
}
