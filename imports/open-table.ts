import type { ImportPlan } from '#domain/import/import-plan.ts';
import type { Format } from './import-document.ts';
import { openCsv, surveyCsv } from './read-csv.ts';
import { openMerchant, surveyMerchant } from './read-merchant.ts';
import { openNdjson, surveyNdjson } from './read-ndjson.ts';
import { openParquet, surveyParquet } from './read-parquet.ts';
import type { Survey, Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** Looks through a whole file, so that a broken one changes nothing. @throws DomainError */
export function surveyTable(format: Format, file: StoredFile): Promise<Survey> {
  const surveys = {
    csv: surveyCsv,
    ndjson: surveyNdjson,
    parquet: surveyParquet,
    'google-merchant': surveyMerchant,
  };
  return surveys[format](file);
}

/** A surveyed file as a table. */
export function openTable(
  { format, columns }: { format: Format; columns: readonly string[] },
  file: StoredFile,
  plan: ImportPlan,
): Table {
  switch (format) {
    case 'csv':
      return openCsv(file, columns);
    case 'ndjson':
      return openNdjson(file, columns);
    case 'google-merchant':
      return openMerchant(file, columns);
    case 'parquet':
      return openParquet(file, columns, wantedOf(columns, plan));
  }
}

function wantedOf(columns: readonly string[], plan: ImportPlan): Set<string> {
  const ignored = new Set(plan.ignored);
  return new Set(columns.filter((name) => !ignored.has(name)));
}
