import { EXPORT_TABLES } from '#domain/export/export.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';

const SEGMENT = /^segments\/[^/]+$/;

/** Why nothing can be taken out by this name, in a sentence; null: it names a segment or a table. */
export function exportRefusal(what: string): string | null {
  const tables: readonly string[] = EXPORT_TABLES;
  if (tables.includes(what) || SEGMENT.test(what)) return null;
  const [first = '', ...rest] = what.split('/');
  const meant =
    rest.length === 0
      ? didYouMean(what, tables)
      : didYouMean(first, ['segments']).replace('"segments"', `"segments/${rest.join('/')}"`);
  return `"${what}" can't be taken out: write segments/KEY for the members of a segment, or one of ${tables.join(', ')}.${meant}`;
}
