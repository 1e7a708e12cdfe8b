import type { Format } from './import-document.ts';

/** Bytes that are looked at: enough for blank lines and marks before what tells. */
export const SNIFFED_BYTES = 1_024;

/**
 * What a file is by its beginning, unpacked: Parquet's mark, an object or a list of JSON, a sign of
 * XML; everything else is CSV, whose reader says what is wrong with it.
 */
export function sniffFormat(head: Buffer): Format {
  if (head.toString('latin1', 0, 4) === 'PAR1') return 'parquet';
  // Of UTF-16 every other byte of these signs is nought.
  const text = head.toString('latin1').replaceAll('\0', '');
  const [first] = /[^\s\u00ef\u00bb\u00bf\u00fe\u00ff]/.exec(text) ?? [];
  if (first === '{' || first === '[') return 'ndjson';
  return first === '<' ? 'google-merchant' : 'csv';
}
