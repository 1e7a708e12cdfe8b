import { type Finding, FINDING_KINDS } from './audit/findings.ts';
import type { Observed } from './audit/observed.ts';

/** What one chaos run came to. */
export interface Report {
  seed: number;
  minutes: number;
  /** How often each deed was done. */
  deeds: Record<string, number>;
  /** Why no disk was filled; null when some were. */
  disksSkipped: string | null;
  customers: number;
  /** Customers who could not do all they wanted, because Kairos did not answer in the end. */
  unfinished: number;
  /** Events sent, repeats included; requests made again because no good answer came. */
  sent: number;
  repeated: number;
  answered: number;
  applied: number;
  runs: number;
  messages: number;
  letters: number;
  findings: Finding[];
  /** Where everything is kept; null when it was cleared away. */
  kept: string | null;
}

/** Counts over everybody, as they are seen at the end. */
export function totalsOf(
  seen: ReadonlyMap<string, Observed>,
): Pick<Report, 'applied' | 'runs' | 'messages' | 'letters'> {
  const totals = { applied: 0, runs: 0, messages: 0, letters: 0 };
  for (const { events, runs, messages, inbox } of seen.values()) {
    totals.applied += events.filter(({ state }) => state === 'routed').length;
    totals.runs += runs.length;
    totals.messages += messages.length;
    // The inbox is everybody's.
    totals.letters = [...inbox.values()].reduce((sum, count) => sum + count, 0);
  }
  return totals;
}

/** `lost 0, doubled 0, wrong 0`. */
export function verdict(findings: readonly Finding[]): string {
  const count = (what: string): string =>
    String(findings.filter(({ kind }) => FINDING_KINDS[kind] === what).length);
  return `lost ${count('lost')}, doubled ${count('doubled')}, wrong ${count('wrong')}`;
}

/** Findings shown in full; a broken run has hundreds that all say the same. */
const FINDINGS_MAX = 40;

/** The report as a person reads it. */
export function describe(report: Report): string {
  const { findings, seed, minutes, kept } = report;
  const deeds = Object.entries(report.deeds)
    .sort(([one], [two]) => one.localeCompare(two))
    .map(([deed, count]) => `  ${deed.padEnd(20)} ${String(count)}`);
  const shown = findings
    .slice(0, FINDINGS_MAX)
    .map(({ kind, customer, story, detail }) => `  ${kind}: ${customer} (${story}): ${detail}`);
  const more = findings.length - shown.length;
  return [
    '',
    `Chaos of ${String(minutes)} min, seed ${String(seed)}`,
    ...deeds,
    ...(report.disksSkipped === null ? [] : [`  no disk was filled: ${report.disksSkipped}`]),
    '',
    `  customers ${String(report.customers)}${report.unfinished > 0 ? `, of whom ${String(report.unfinished)} could not finish` : ''}`,
    `  events    ${String(report.sent)} sent (${String(report.repeated)} requests repeated), ${String(report.answered)} answered, ${String(report.applied)} applied and routed (receipts of providers included)`,
    `  runs      ${String(report.runs)}`,
    `  messages  ${String(report.messages)} in the ledger, ${String(report.letters)} taken by the providers`,
    '',
    verdict(findings),
    ...shown,
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ...(findings.length > 0
      ? [`Again: npm run chaos -- --minutes ${String(minutes)} --seed ${String(seed)} --keep`]
      : []),
    ...(kept === null ? [] : [`Kept in ${kept}`]),
  ].join('\n');
}
