import { z } from 'zod';
import { columnLines, Columns } from './import-columns.ts';
import { counted } from './table.ts';

/** Faults shown; `--json` shows all that are kept. */
const ERRORS_SHOWN = 20;

/** What the API tells of an import, as far as it is shown. */
export const Report = z.looseObject({
  id: z.string(),
  status: z.enum(['running', 'completed', 'failed']),
  dryRun: z.boolean(),
  total: z.number(),
  rows: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  skipped: z.number(),
  progress: z.number(),
  secondsLeft: z.number().nullish(),
  would: z.record(z.string(), z.number()).nullish(),
  errors: z.array(z.object({ row: z.number(), column: z.string().nullable(), detail: z.string() })),
  cleaned: z.array(z.object({ column: z.string(), change: z.string(), count: z.number() })),
  ...Columns,
  ignored: z.array(z.string()),
  archived: z.number().nullish(),
  audience: z
    .object({
      segment: z.string(),
      ...{ hashes: z.number(), matched: z.number(), people: z.number() },
      ...{ added: z.number(), removed: z.number() },
    })
    .nullish(),
  failure: z.string().nullable(),
});
export type Report = z.infer<typeof Report>;

/** How far an import is that goes on, as one line. */
export function progressLine({ progress, rows, total, secondsLeft: leftS }: Report): string {
  const done = `${String(rows)} of ${String(total)} rows read, ${percent(progress)} done`;
  if (leftS == null) return `${done}.`;
  return `${done}, about ${leftS < 120 ? `${String(leftS)} s` : `${String(Math.ceil(leftS / 60))} min`} left.`;
}

/** A share of 1, in whole percents that are done: 100 % is the end. */
export function percent(share: number): string {
  return `${String(Math.floor(share * 100))} %`;
}

/** An import that has ended, in lines to be read. */
export function reportLines(report: Report): string[] {
  const { dryRun, archived, audience, status } = report;
  const { cleaned, errors, ignored, rejected } = report;
  const would = dryRun ? 'would be ' : '';
  const columns = dryRun ? columnLines(report) : [];
  return [
    ...outcomeLines(report),
    ...wouldLines(report),
    ...(archived == null ? [] : [`  ${counted(archived, 'product')} ${would}archived`]),
    // What a refused audience came to was not looked at.
    ...(audience == null || status === 'failed' ? [] : [audienceLine(audience, would)]),
    ...columns,
    ...(cleaned.length === 0 ? [] : ['  Changed or assumed:']),
    ...cleaned.map(
      ({ column, change, count }) => `    ${column}: ${change} (${counted(count, 'row')})`,
    ),
    ...(ignored.length === 0 || columns.length > 0 ? [] : [`  not used: ${ignored.join(', ')}`]),
    ...errors
      .slice(0, ERRORS_SHOWN)
      .map(
        ({ row, column, detail }) =>
          `  row ${String(row)}${column === null ? '' : `, ${column}`}: ${detail}`,
      ),
    ...(rejected > ERRORS_SHOWN ? ['  … and more; --json shows the first 1,000.'] : []),
  ];
}

function outcomeLines(report: Report): string[] {
  const { dryRun, rows, accepted, rejected, skipped, failure } = report;
  const would = dryRun ? 'would be ' : '';
  const isRefused = failure !== null && report.audience != null;
  const taken = isRefused ? 'usable' : `${would}accepted`;
  const counts = `${counted(rows, 'row')}: ${String(accepted)} ${taken}, ${String(rejected)} ${would}rejected, ${String(skipped)} ${would}skipped.`;
  if (failure !== null) return [`The import ${endWords(isRefused, dryRun)}: ${failure}`, counts];
  if (rows === 0)
    return [counts, 'The file has no rows below its header: there was nothing to take.'];
  return accepted === 0 && rejected > 0 ? [counts, 'None of its rows could be taken.'] : [counts];
}

function endWords(isRefused: boolean, dryRun: boolean): string {
  if (!isRefused) return 'ended early';
  return dryRun ? 'would fail' : 'failed';
}

/** What each figure of a dry run is about, of one and of several, in the order they are told. */
const WOULD = {
  newProfiles: ['customer made', 'customers made'],
  knownProfiles: ['known customer spoken of', 'known customers spoken of'],
  mergedProfiles: ['customer merged into another', 'customers merged into others'],
  conflicts: ['address that belongs to somebody else', 'addresses that belong to somebody else'],
  newEvents: ['event', 'events'],
  knownEvents: ['event that is in already', 'events that are in already'],
  productsCreated: ['product made', 'products made'],
  productsChanged: ['product changed', 'products changed'],
} as const;

function wouldLines({ would }: Report): string[] {
  return Object.entries(WOULD).flatMap(([name, [one, several]]) => {
    const count = would?.[name] ?? 0;
    return count === 0 ? [] : [`  would be: ${String(count)} ${count === 1 ? one : several}`];
  });
}

function audienceLine(audience: NonNullable<Report['audience']>, would: string): string {
  const { segment, hashes, matched, people, added, removed } = audience;
  const all = `${String(hashes)} ${hashes === 1 ? 'hash' : 'hashes'}`;
  const found = `${counted(people, 'customer')} by ${String(matched)} of ${all}`;
  return `  ${segment}: ${found}; ${String(added)} ${would}added, ${String(removed)} ${would}removed`;
}

/** Nothing came in that should have. */
export function isBad({ status, rows, accepted, rejected }: Report): boolean {
  return status === 'failed' || rows === 0 || (accepted === 0 && rejected > 0);
}
