import { z } from 'zod';
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

/** An import that has ended, in lines to be read. */
export function reportLines(report: Report): string[] {
  const { dryRun, rows, accepted, rejected, skipped, failure, archived } = report;
  const { cleaned, errors, ignored, audience } = report;
  const would = dryRun ? 'would be ' : '';
  return [
    ...(failure === null ? [] : [`The import ended early: ${failure}`]),
    `${counted(rows, 'row')}: ${String(accepted)} ${would}accepted, ${String(rejected)} ${would}rejected, ${String(skipped)} ${would}skipped.`,
    ...wouldLines(report),
    ...(archived == null ? [] : [`  ${counted(archived, 'product')} ${would}archived`]),
    ...(audience == null ? [] : [audienceLine(audience, would)]),
    ...cleaned.map(
      ({ column, change, count }) => `  cleaned ${column}: ${change} (${counted(count, 'row')})`,
    ),
    ...(ignored.length === 0 ? [] : [`  not used: ${ignored.join(', ')}`]),
    ...errors
      .slice(0, ERRORS_SHOWN)
      .map(
        ({ row, column, detail }) =>
          `  row ${String(row)}${column === null ? '' : `, ${column}`}: ${detail}`,
      ),
    ...(rejected > ERRORS_SHOWN ? ['  … and more; --json shows the first 1,000.'] : []),
  ];
}

/** What each figure of a dry run is about, in the order in which they are told. */
const WOULD = {
  newProfiles: 'customers made',
  knownProfiles: 'known customers spoken of',
  mergedProfiles: 'customers merged into others',
  conflicts: 'addresses that belong to somebody else',
  newEvents: 'events',
  knownEvents: 'events that are in already',
  productsCreated: 'products made',
  productsChanged: 'products changed',
} as const;

function wouldLines({ would }: Report): string[] {
  return Object.entries(WOULD).flatMap(([name, what]) => {
    const count = would?.[name] ?? 0;
    return count === 0 ? [] : [`  would be: ${String(count)} ${what}`];
  });
}

function audienceLine(audience: NonNullable<Report['audience']>, would: string): string {
  const { segment, hashes, matched, people, added, removed } = audience;
  const found = `${counted(people, 'customer')} by ${String(matched)} of ${String(hashes)} hashes`;
  return `  ${segment}: ${found}; ${String(added)} ${would}added, ${String(removed)} ${would}removed`;
}

/** Nothing came in that should have. */
export function isBad({ status, accepted, rejected }: Report): boolean {
  return status === 'failed' || (accepted === 0 && rejected > 0);
}
