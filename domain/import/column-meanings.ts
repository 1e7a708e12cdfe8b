import type { ImportKind } from './import-map.ts';
import type { Field, ImportPlan } from './import-plan.ts';
import { WHO } from './known-columns.ts';

/** What a column of a file may become; `skip`: it only says which rows are left out. */
export const MEANINGS = [
  'identity',
  'field',
  'line',
  'attribute',
  'property',
  'properties',
  'skip',
  'ignored',
] as const;

/** What one column becomes. A map may make several things of one. */
export interface ColumnMeaning {
  column: string;
  becomes: (typeof MEANINGS)[number];
  /** By the words of the map, or of an attribute or property its name; null: there is no name. */
  name: string | null;
}

type Part = 'fields' | 'line' | 'attributes' | 'properties';

/** The parts of a plan that the rows of a kind are made of; the others are read by nobody. */
const PARTS: Readonly<Record<ImportKind, readonly Part[]>> = {
  profiles: ['fields', 'attributes'],
  events: ['fields', 'attributes', 'properties'],
  orders: ['fields', 'line', 'attributes', 'properties'],
  products: ['fields', 'attributes'],
  consents: ['fields'],
  audience: ['fields'],
};

const IDENTITIES: readonly string[] = [...WHO, 'email_sha256'];

/** What becomes of each column, in the order of the file: each is named, also those not used. */
export function columnMeanings(plan: ImportPlan): ColumnMeaning[] {
  const meanings = new Map<number, Pick<ColumnMeaning, 'becomes' | 'name'>[]>();
  const add = (index: number, meaning: Pick<ColumnMeaning, 'becomes' | 'name'>): void => {
    meanings.set(index, [...(meanings.get(index) ?? []), meaning]);
  };
  for (const part of PARTS[plan.kind]) {
    for (const [name, field] of Object.entries<Field | undefined>(plan[part])) {
      if (field?.index == null || isOutdone(plan, part, name)) continue;
      add(field.index, meaningIn(plan.kind, part, name));
    }
  }
  for (const { index } of plan.skips) {
    if (!meanings.has(index)) add(index, { becomes: 'skip', name: null });
  }
  const ignored = [{ becomes: 'ignored', name: null }] as const;
  return plan.columns.flatMap((column, index) =>
    (meanings.get(index) ?? ignored).map((meaning) => ({ column, ...meaning })),
  );
}

function meaningIn(
  kind: ImportKind,
  part: Part,
  name: string,
): Pick<ColumnMeaning, 'becomes' | 'name'> {
  if (part === 'line') return { becomes: 'line', name };
  if (part === 'attributes') return { becomes: 'attribute', name };
  if (part === 'properties') {
    // Of events it holds all properties in one cell.
    const isAll = kind === 'events' && name === 'properties';
    return isAll ? { becomes: 'properties', name: null } : { becomes: 'property', name };
  }
  return { becomes: IDENTITIES.includes(name) ? 'identity' : 'field', name };
}

/** Of what an order is worth the first that the file has counts, and the others are not looked at. */
function isOutdone({ kind, line }: ImportPlan, part: Part, name: string): boolean {
  if (kind !== 'orders') return false;
  if (part === 'line' && name === 'total') return 'price' in line;
  return part === 'fields' && name === 'revenue' && ('price' in line || 'total' in line);
}
