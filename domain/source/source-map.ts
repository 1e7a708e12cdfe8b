import type { ImportMap, Source as From } from '#domain/import/import-map.ts';
import { KAIROS_PARAM } from './ga4-names.ts';
import type { Source } from './source.ts';
import type { CursorKind } from './place.ts';

/** Of Google's export: what Kairos told Google is left there, or it would happen twice. */
const GA4_MAP: ImportMap = { skip: [{ column: KAIROS_PARAM, empty: false }] };

/**
 * The map by which a source's rows are read; null: by the names of their columns alone. What a row
 * says of a customer, or a consent, was said when it was last changed, where the cursor column
 * tells that: a `created_at` beside it would make every later change an old one.
 */
export function pullMap(source: Source, kind: CursorKind | null): ImportMap | null {
  if ('preset' in source && source.preset !== undefined) return GA4_MAP;
  const map = source.map ?? null;
  const isState = source.as === 'profiles' || source.as === 'consents';
  const column = 'cursor' in source ? source.cursor?.column : undefined;
  if (!isState || kind !== 'instant' || column === undefined || map?.at !== undefined) return map;
  return { ...map, at: column };
}

/** Every column that a map names. */
export function columnsNamed(map: ImportMap | null): Set<string> {
  const columns = new Set<string>();
  const note = (from: From): void => {
    if (typeof from === 'string') columns.add(from);
    else if ('column' in from) columns.add(from.column);
  };
  const { line, attributes, properties, currency, skip, ...rest } = map ?? {};
  for (const named of [line, attributes, properties]) Object.values(named ?? {}).forEach(note);
  if (typeof currency === 'object') note(currency);
  for (const { column } of skip ?? []) columns.add(column);
  const { decimal: _, country: __, zone: ___, ...fields } = rest;
  for (const from of Object.values(fields)) if (from !== undefined) note(from);
  return columns;
}
