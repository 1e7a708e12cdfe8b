import type { ExcuseCounts } from './audit/excuses.ts';
import { type Finding, FINDING_KINDS } from './audit/findings.ts';
import type { Everything, Observed } from './audit/observed.ts';

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
  /** Profiles that Kairos itself reckoned again from their events in the end. */
  reconciled: number;
  findings: Finding[];
  /** What was let pass because of what the villain did. */
  excused: ExcuseCounts;
  /** Where everything is kept; null when it was cleared away. */
  kept: string | null;
}

/** Counts over everybody, as they are seen at the end. */
export function totalsOf(
  seen: ReadonlyMap<string, Observed>,
  { runs, messages, letters }: Everything,
): Pick<Report, 'applied' | 'runs' | 'messages' | 'letters'> {
  let applied = 0;
  for (const { events } of seen.values()) {
    applied += events.filter(({ state }) => state === 'routed').length;
  }
  return { applied, runs: runs.length, messages: messages.length, letters: letters.length };
}

/** `lost 0, doubled 0, wrong 0, drift 0`. */
export function verdict(findings: readonly Finding[]): string {
  const count = (what: string): string =>
    String(findings.filter(({ kind }) => FINDING_KINDS[kind] === what).length);
  return `lost ${count('lost')}, doubled ${count('doubled')}, wrong ${count('wrong')}, drift ${count('drift')}`;
}

/** Findings shown in full; a broken run has hundreds that all say the same. */
const FINDINGS_MAX = 40;

/** The report as a person reads it. */
export function describe(report: Report): string {
  const { findings, seed, minutes, kept } = report;
  const deeds = Object.entries(report.deeds)
    .sort(([one], [two]) => one.localeCompare(two))
    .map(([deed, count]) => `  ${deed.padEnd(20)} ${String(count)}`);
  const shown = findings.slice(0, FINDINGS_MAX).map(lineOf);
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
    `  reckoned  ${String(report.reconciled)} profiles again from their events`,
    `  excused   ${describeExcuses(report.excused)}`,
    '',
    verdict(findings),
    ...shown,
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
    ...(findings.length > 0 ? [repeatCommand(report)] : []),
    ...(kept === null ? [] : [`Kept in ${kept}`]),
  ].join('\n');
}

/** `Again: npm run chaos -- …`: the same customers and deeds once more. */
export function repeatCommand({ minutes, seed }: Pick<Report, 'minutes' | 'seed'>): string {
  return `Again: npm run chaos -- --minutes ${String(minutes)} --seed ${String(seed)} --keep`;
}

function lineOf({ kind, customer, story, detail }: Finding): string {
  const whose = customer === null ? '' : `${customer} (${String(story)}): `;
  return `  ${kind}: ${whose}${detail}`;
}

/** `3: push never arrived 2, end unknown 1`; docs/chaos.md says what each is. */
function describeExcuses(excused: ExcuseCounts): string {
  const counts = Object.entries(excused).filter(([, count]) => count > 0);
  if (counts.length === 0) return '0 messages';
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const words = counts.map(([excuse, count]) => `${excuse} ${String(count)}`);
  return `${String(total)} messages: ${words.join(', ')}`;
}
