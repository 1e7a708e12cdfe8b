import { invalid, type Fault } from '#domain/errors.ts';
import { isOwnColumn } from '#domain/export/export.ts';
import { didYouMean, nearestWord } from '#domain/journey/nearest-word.ts';
import { quote } from '#domain/journey/explain-issue.ts';
import { pointerToken } from '#domain/json-guard.ts';
import { checkHeader } from './check-header.ts';
import { compilePattern } from './date-pattern.ts';
import { FIELD_WORDS, type ImportKind, type ImportMap, type Source } from './import-map.ts';
import type { Field, ImportPlan } from './import-plan.ts';
import { LINE_WORDS, ORDER_PROPERTIES, plainName, WORDS, wordsFor } from './known-columns.ts';

/** What an installation assumes where neither file nor map says it. */
export interface ImportDefaults {
  /** ISO 4217. */
  currency: string;
  /** IANA zone of dates without one. */
  zone: string;
  /** The columns are those of a known format: nothing in them is a slip of the pen. */
  isFeed?: boolean;
}

/**
 * Finds what each column means. Columns with canonical names need no map; what is left over
 * becomes attributes of profiles and properties of events, and is left out of other files.
 * @throws DomainError `invalid`: columns that the map names and the file lacks (with what was
 * meant), columns that are missing, and ones that look like slips of the pen.
 */
export function planImport(
  kind: ImportKind,
  columns: readonly string[],
  map: ImportMap | null,
  defaults: ImportDefaults,
): ImportPlan {
  checkHeader(columns);
  const planner = new Planner(kind, columns, map ?? {});
  const plan = planner.plan(defaults);
  planner.checkNeeds(plan);
  if (map === null && !plan.isFeed) planner.checkSlips(plan);
  if (planner.faults.length > 0) {
    throw invalid('The file and its map do not fit together.', planner.faults);
  }
  return plan;
}

class Planner {
  readonly faults: Fault[] = [];
  readonly #kind: ImportKind;
  readonly #columns: readonly string[];
  readonly #map: ImportMap;
  readonly #used = new Set<string>();

  constructor(kind: ImportKind, columns: readonly string[], map: ImportMap) {
    this.#kind = kind;
    this.#columns = columns;
    this.#map = map;
  }

  plan(defaults: ImportDefaults): ImportPlan {
    const map = this.#map;
    const skips = (map.skip ?? []).flatMap((skip, place) => {
      const index = this.#indexOf(skip.column, `#/map/skip/${String(place)}/column`);
      return index === null ? [] : [{ index, skip }];
    });
    const fields = this.#mappedFields();
    const [line, attributes, properties] = (['line', 'attributes', 'properties'] as const).map(
      (part) => this.#mappedNames(part),
    );
    const named = { line: line ?? {}, attributes: attributes ?? {}, properties: properties ?? {} };
    this.#addCanonical(fields, named);
    return {
      kind: this.#kind,
      columns: this.#columns,
      isFeed: defaults.isFeed === true,
      fields,
      ...named,
      skips,
      currency: typeof map.currency === 'string' ? map.currency : defaults.currency,
      shopCurrency: defaults.currency,
      decimal: map.decimal,
      country: map.country,
      zone: map.zone ?? defaults.zone,
      ignored: this.#columns.filter((column) => !this.#used.has(column)),
    };
  }

  /** Everything a file of this kind needs, by the words of the map. */
  checkNeeds(plan: ImportPlan): void {
    for (const group of WORDS[this.#kind].needs) {
      const isThere = group.some((word) => word in plan.fields || word in plan.line);
      if (isThere || this.faults.length > 0) continue;
      const slip = group
        .map((word) => nearestWord(word, plan.ignored))
        .find((column) => column !== null);
      const hint = slip === undefined ? '' : ` Is it the column "${slip}"? Say so in a map.`;
      const words = group.map((word) => `\`${word}\``).join(' or ');
      this.faults.push({
        pointer: `#/map/${group[0] ?? ''}`,
        detail: `No column says ${words}.${hint}`,
      });
    }
  }

  /** Without a map, a strange name close to a known one that is absent was meant to be that one. */
  checkSlips(plan: ImportPlan): void {
    const words = [...WORDS[this.#kind].fields, ...(this.#kind === 'orders' ? LINE_WORDS : [])];
    const absent = words.filter((word) => !(word in plan.fields) && !(word in plan.line));
    const strange = [...plan.ignored, ...this.#extras(plan)];
    for (const column of strange) {
      // Short words are near to everything.
      const meant = column.length < 4 ? null : nearestWord(plainName(column), absent);
      if (meant === null) continue;
      this.faults.push({
        pointer: `#/${pointerToken(column)}`,
        detail: `${quote(column)} is not known here. Did you mean "${meant}"? If not, say in a map what it is.`,
      });
    }
  }

  #extras({ attributes, properties }: ImportPlan): string[] {
    const named = this.#kind === 'profiles' ? attributes : properties;
    return this.#kind === 'orders' ? [] : Object.values(named).map(({ column }) => column);
  }

  #mappedFields(): Partial<Record<string, Field>> {
    const fields: Partial<Record<string, Field>> = {};
    const known = WORDS[this.#kind].fields;
    for (const word of FIELD_WORDS) {
      const source = this.#map[word];
      if (source === undefined) continue;
      if (!known.includes(word)) {
        const detail = `"${word}" says nothing about ${this.#kind}.${didYouMean(word, known)}`;
        this.faults.push({ pointer: `#/map/${word}`, detail });
      } else {
        const field = this.#fieldOf(source, `#/map/${word}`);
        if (field !== null) fields[word] = field;
      }
    }
    const { currency } = this.#map;
    if (typeof currency === 'object') {
      const field = this.#fieldOf(currency, '#/map/currency');
      if (field !== null) fields.currency = field;
    }
    return fields;
  }

  #mappedNames(part: 'line' | 'attributes' | 'properties'): Record<string, Field> {
    const named: Record<string, Field> = {};
    for (const [name, source] of Object.entries(this.#map[part] ?? {})) {
      const pointer = `#/map/${part}/${pointerToken(name)}`;
      const field = this.#fieldOf(source, pointer);
      if (field !== null) named[name] = field;
    }
    return named;
  }

  #fieldOf(source: Source, pointer: string): Field | null {
    const said = typeof source === 'string' ? { column: source } : source;
    if ('value' in said) {
      const column = pointer.slice(pointer.lastIndexOf('/') + 1);
      return { ...plainField(column, null), constant: said.value };
    }
    const index = this.#indexOf(said.column, `${pointer}${said === source ? '/column' : ''}`);
    if (index === null) return null;
    const compiled = said.format === undefined ? null : compilePattern(said.format);
    return {
      ...plainField(said.column, index),
      type: said.type ?? null,
      pattern: compiled === null || 'fault' in compiled ? null : compiled,
      zone: said.zone ?? null,
    };
  }

  #indexOf(column: string, pointer: string): number | null {
    const exact = this.#columns.indexOf(column);
    const loose = this.#columns.findIndex((name) => plainName(name) === plainName(column));
    const index = exact >= 0 ? exact : loose;
    const found = this.#columns[index];
    if (found !== undefined) {
      this.#used.add(found);
      return index;
    }
    const detail = `The file has no column ${quote(column)}.${didYouMean(column, this.#columns)}`;
    this.faults.push({ pointer, detail });
    return null;
  }

  /** What the map does not speak of is taken by its name. */
  #addCanonical(
    fields: Partial<Record<string, Field>>,
    {
      line,
      attributes,
      properties,
    }: Record<'line' | 'attributes' | 'properties', Record<string, Field>>,
  ): void {
    for (const [index, column] of this.#columns.entries()) {
      if (this.#used.has(column)) continue;
      const place = this.#placeOf(column, { fields, line });
      if (place === null) continue;
      this.#used.add(column);
      const field = plainField(column, index);
      if (place.part === 'fields') fields[place.word] = field;
      else if (place.part === 'line') line[place.word] = field;
      else if (place.part === 'attributes') attributes[place.word] ??= field;
      else properties[place.word] ??= field;
    }
  }

  #placeOf(
    column: string,
    taken: Record<'fields' | 'line', Partial<Record<string, Field>>>,
  ): { part: 'fields' | 'line' | 'attributes' | 'properties'; word: string } | null {
    // What an export adds of its own reckoning is no fact that somebody told.
    if (isOwnColumn(column)) return null;
    const words = wordsFor(this.#kind, column);
    const known = WORDS[this.#kind].fields;
    const isFree = (word: string): boolean =>
      known.includes(word) &&
      !(word in taken.fields) &&
      (word !== 'currency' || this.#map.currency === undefined);
    const free = words.find(isFree);
    if (free !== undefined) return { part: 'fields', word: free };
    if (this.#kind === 'orders') return this.#placeInOrder(words, taken.line);
    const name = plainAttribute(column);
    const isAboutOne = this.#kind === 'profiles' || this.#kind === 'products';
    if (isAboutOne && this.#map.attributes === undefined) {
      return { part: 'attributes', word: name };
    }
    if (this.#kind === 'events' && this.#map.properties === undefined) {
      return { part: 'properties', word: name };
    }
    return null;
  }

  #placeInOrder(
    words: readonly string[],
    line: Partial<Record<string, Field>>,
  ): { part: 'line' | 'properties'; word: string } | null {
    // A map that says what a line or an order is worth means no other column.
    const said = this.#map.line ?? {};
    const isPriced = 'price' in said || 'total' in said || this.#map.revenue !== undefined;
    const lineWords: readonly string[] = LINE_WORDS;
    const part = words.find((word) => lineWords.includes(word) && !(word in line));
    if (part !== undefined && !(isPriced && (part === 'price' || part === 'total'))) {
      return { part: 'line', word: part };
    }
    const orderWords: readonly string[] = ORDER_PROPERTIES;
    const word = words.find((one) => orderWords.includes(one));
    return word === undefined ? null : { part: 'properties', word };
  }
}

/** Templates and conditions read attributes by name, so a dot may not stand in one. */
function plainAttribute(column: string): string {
  const plain = plainName(column);
  return KNOWN_ATTRIBUTES.has(plain) ? plain : column.trim().replaceAll('.', '_');
}

/** Attributes that Kairos itself reads, whatever way a header writes them. */
const KNOWN_ATTRIBUTES = new Set([
  'first_name',
  'last_name',
  'name',
  'birthday',
  'gender',
  'language',
  'locale',
  'timezone',
  'country',
  'city',
]);

function plainField(column: string, index: number | null): Field {
  return { column, index, constant: null, type: null, pattern: null, zone: null };
}
