import type { Json, JsonObject } from '#domain/json.ts';
import { isJsonObject } from '#domain/json.ts';
import { CALL_DEPTH_MAX, inspectJson } from '#domain/event/inspect-json.ts';
import { cleanLanguage, cleanPhone, readYesNo, type AddressTools } from './clean-text.ts';
import { decimalToNumber } from './decimal.ts';
import type { Field, ImportPlan } from './import-plan.ts';
import { readAmount, type Amount } from './read-amount.ts';
import { instantOf, isoDate, readDateFields } from './read-date.ts';
import { CellFault, type Change, type Row } from './row.ts';
import { isZone } from '#domain/time/zone.ts';

/** What one import lends to the reading of all its rows. */
export interface RowFrame {
  importId: string;
  /** Epoch ms: when it was asked for; what rows without a date were said at. */
  saidAt: number;
  tools: AddressTools & {
    /** The same hexadecimal text for the same text, 128 bits or more. */
    hash: (text: string) => string;
  };
}

/** Whose row it is, as a tracking call says it. */
export interface Who {
  userId?: string;
  anonymousId?: string;
  /** Addresses, in their one form. */
  traits: JsonObject;
}

/** Names whose values are words for somebody, never amounts, however they look. */
const TEXT_NAME =
  /(?:^|_)(?:id|ids|sku|code|zip|postcode|postal_code|gtin|mpn|ean|isbn|name|number)$/i;
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/;
const PERSON_NAMES = new Set(['first_name', 'last_name', 'name']);

const NO_DATE = 'is no ISO date; say its `format` in the map';

/** What is said of a list or an object that cannot be kept. */
export const UNFIT = `is nested deeper than ${String(CALL_DEPTH_MAX)} levels, or holds what cannot be kept: a NUL, half a character, a key that begins with $`;

/** Reads the cells of one row, cleans them, and notes what was changed. */
export class CellReader {
  readonly changes: Change[] = [];
  readonly plan: ImportPlan;
  readonly row: Row;
  readonly frame: RowFrame;

  constructor(plan: ImportPlan, row: Row, frame: RowFrame) {
    this.plan = plan;
    this.row = row;
    this.frame = frame;
  }

  /** The cell as it came; null where it is empty, or the file has no such column. */
  cell(field: Field | undefined): Json {
    if (field === undefined) return null;
    if (field.index === null) return field.constant;
    const cell = this.row.cells[field.index] ?? null;
    return typeof cell === 'string' && cell.trim() === '' ? null : cell;
  }

  /** A text without spaces around it; null where there is none. */
  text(field: Field | undefined): string | null {
    const cell = this.cell(field);
    if (cell === null || field === undefined) return null;
    if (typeof cell === 'object') throw fault(field, 'is not a text');
    const text = String(cell).trim();
    if (text !== cell && typeof cell === 'string') this.#note(field, 'spaces around it left out');
    return text;
  }

  /** The text of a field of the map. @throws CellFault where it is empty. */
  needed(word: string): string {
    const field = this.plan.fields[word];
    const text = this.text(field);
    if (text !== null) return text;
    throw new CellFault(field?.column ?? null, `${quoted(field, word)} is empty.`);
  }

  /** Whose row it is. @throws CellFault where it says nobody. */
  who(): Who {
    const { fields } = this.plan;
    const userId = this.text(fields.external_id);
    const anonymousId = this.text(fields.anonymous_id);
    const email = this.#email(fields.email);
    const phone = this.#phone(fields.phone);
    const traits = { ...(email === null ? {} : { email }), ...(phone === null ? {} : { phone }) };
    if (userId !== null || anonymousId !== null) {
      return {
        ...(userId === null ? {} : { userId }),
        ...(anonymousId === null ? {} : { anonymousId }),
        traits,
      };
    }
    const address = email ?? phone;
    if (address === null) {
      throw new CellFault(null, 'The row names no customer: it has no id and no usable address.');
    }
    // Tracking asks for an id; this one is the same for the same address in every file.
    return { anonymousId: `import-${this.frame.tools.hash(address).slice(0, 32)}`, traits };
  }

  /** When the row happened, epoch ms; null where it does not say. */
  instant(word: string): number | null {
    const field = this.plan.fields[word];
    const text = this.text(field);
    if (text === null || field === undefined) return null;
    const fields = readDateFields(text, field.pattern);
    const at = fields === null ? null : instantOf(fields, field.zone ?? this.plan.zone);
    if (at !== null) return at;
    const hint = field.pattern === null ? NO_DATE : 'does not fit the format';
    throw fault(field, hint);
  }

  /** An amount of money or a number of things; null where the cell is empty. */
  amount(field: Field | undefined): Amount | null {
    const cell = this.cell(field);
    if (cell === null || field === undefined) return null;
    if (typeof cell !== 'string' && typeof cell !== 'number') throw fault(field, 'is no amount');
    const amount = readAmount(cell, this.plan.decimal);
    if ('fault' in amount) throw fault(field, amount.fault);
    if (amount.changed) this.#note(field, 'signs and marks of an amount left out');
    return amount;
  }

  /** Yes or no. @throws CellFault for other words and empty cells. */
  yesNo(word: string): boolean {
    const field = this.plan.fields[word];
    const said = readYesNo(this.needed(word));
    if (said === null) throw fault(field, 'is neither yes nor no');
    return said;
  }

  /** Values by their names; empty ones are left out. */
  named(fields: Readonly<Record<string, Field>>): JsonObject {
    const values: JsonObject = {};
    for (const [name, field] of Object.entries(fields)) {
      const value = this.value(field, name);
      if (value !== null) values[name] = value;
    }
    return values;
  }

  /** A value as its name and looks say; null where there is none, or none that can be used. */
  value(field: Field, name: string): Json {
    if (name === 'email') return this.#email(field);
    if (name === 'phone') return this.#phone(field);
    const cell = this.cell(field);
    if (cell === null) return null;
    if (field.type !== null) return this.#typed(field, field.type);
    if (field.pattern !== null || name === 'birthday') return this.#date(field);
    if (typeof cell !== 'string') return cell;
    return this.#byName(field, name, cell.trim());
  }

  #byName(field: Field, name: string, text: string): Json {
    if (name === 'language' || name === 'locale') return this.#language(field, text);
    if (name === 'timezone') return this.#zone(field, text);
    if (PERSON_NAMES.has(name)) return this.#personName(field, text);
    if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
    return NUMBER.test(text) && !TEXT_NAME.test(name) ? Number(text) : text;
  }

  /** An object: as it is in JSON, or as the JSON text of a cell. */
  object(field: Field): JsonObject {
    const cell = this.cell(field);
    if (cell === null) return {};
    if (isJsonObject(cell)) return cell;
    let parsed: unknown;
    try {
      parsed = typeof cell === 'string' ? JSON.parse(cell) : null;
    } catch {
      parsed = null;
    }
    if (!isJsonObject(parsed)) throw fault(field, 'is no JSON object');
    if (inspectJson(parsed).faults.length > 0) throw fault(field, UNFIT);
    return parsed;
  }

  #typed(field: Field, type: NonNullable<Field['type']>): Json {
    if (type === 'date') return this.#date(field);
    const text = this.text(field) ?? '';
    if (type === 'text') return text;
    if (type === 'boolean') {
      const said = readYesNo(text);
      if (said === null) throw fault(field, 'is neither yes nor no');
      return said;
    }
    const amount = this.amount(field);
    return amount === null ? null : decimalToNumber(amount.value);
  }

  /** A day, or an instant where a time is said. */
  #date(field: Field): Json {
    const text = this.text(field) ?? '';
    const fields = readDateFields(text, field.pattern);
    if (fields === null) {
      // Birthdays without a year are kept as they are.
      if (/^--\d{2}-?\d{2}$/.test(text)) return text;
      throw fault(field, field.pattern === null ? NO_DATE : 'does not fit the format');
    }
    if (!fields.hasTime) {
      const day = isoDate(fields);
      if (day !== text) this.#note(field, 'date written as ISO 8601');
      return day;
    }
    const at = instantOf(fields, field.zone ?? this.plan.zone);
    if (at === null) throw fault(field, 'is no instant of this calendar');
    return new Date(at).toISOString();
  }

  #email(field: Field | undefined): string | null {
    const cell = this.cell(field);
    if (cell === null || field === undefined) return null;
    const email = this.frame.tools.email(plainText(cell));
    if (email === null) this.#note(field, 'left out: not an e-mail address');
    else if (email !== cell) this.#note(field, 'e-mail written in lower case, without spaces');
    return email;
  }

  #phone(field: Field | undefined): string | null {
    const cell = this.cell(field);
    if (cell === null || field === undefined) return null;
    const phone = cleanPhone(plainText(cell), this.frame.tools, this.plan.country);
    if (phone === null)
      this.#note(field, 'left out: not a phone number, or its country is unknown');
    else if (phone !== cell) this.#note(field, 'phone written as E.164');
    return phone;
  }

  #language(field: Field, text: string): string | null {
    const language = cleanLanguage(text);
    if (language === null) this.#note(field, 'left out: not a language');
    else if (language !== text) this.#note(field, 'language written as BCP 47');
    return language;
  }

  #zone(field: Field, text: string): string | null {
    if (isZone(text)) return text;
    this.#note(field, 'left out: not an IANA time zone');
    return null;
  }

  #personName(field: Field, text: string): string {
    const name = text.replaceAll(/\s+/gu, ' ');
    if (name !== text) this.#note(field, 'spaces within it made one');
    return name;
  }

  #note({ column }: Field, change: string): void {
    this.changes.push({ column, change });
  }
}

/** What is no text, number or yes has no form that an address could have. */
function plainText(cell: Json): string {
  return typeof cell === 'object' ? '' : String(cell);
}

function quoted(field: Field | undefined, word: string): string {
  return `"${field?.column ?? word}"`;
}

/** A fault of one cell, told without what stands in it. */
export function fault(field: Field | undefined, what: string): CellFault {
  return new CellFault(field?.column ?? null, `${quoted(field, 'This')} ${what}.`);
}
