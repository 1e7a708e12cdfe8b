import { DomainError } from '#domain/errors.ts';
import { COLUMNS_MAX } from '#domain/import/check-header.ts';
import type { Row } from '#domain/import/row.ts';
import { CALL_DEPTH_MAX } from '#domain/event/inspect-json.ts';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';
import { inBatches, ROW_CHARS_MAX, type Survey, type Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

const NEWLINE = 0x0a;

/** Finds every name that a line uses and counts the lines. @throws DomainError `malformed`. */
export async function surveyNdjson(file: StoredFile): Promise<Survey> {
  const columns = new Set<string>();
  let total = 0;
  for await (const line of lines(file)) {
    total += 1;
    if (total === 1 && line.trimStart().startsWith('[')) {
      throw new DomainError(
        'malformed',
        'The file is a JSON list. Send one object a line instead.',
      );
    }
    for (const name of Object.keys(parsed(line) ?? {})) if (isName(name)) columns.add(name);
    if (columns.size > COLUMNS_MAX) {
      const detail = `The lines use more than ${String(COLUMNS_MAX)} different names.`;
      throw new DomainError('invalid', detail);
    }
  }
  if (total === 0) throw new DomainError('malformed', 'The file is empty.');
  return { columns: [...columns], total };
}

/** A file of one JSON object a line as a table; what a line lacks is null. */
export function openNdjson(file: StoredFile, columns: readonly string[]): Table {
  return { columns, rows: (after) => inBatches(rowsOf(file, columns), after) };
}

async function* rowsOf(file: StoredFile, columns: readonly string[]): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of lines(file)) {
    number += 1;
    const object = parsed(line);
    const fault = object === null ? 'The line is no JSON object.' : faultOf(object, line);
    if (object === null || fault !== null) yield { number, cells: [], fault: fault ?? '' };
    else {
      const cells = columns.map((name) =>
        Object.hasOwn(object, name) ? (object[name] ?? null) : null,
      );
      yield { number, cells };
    }
  }
}

function parsed(line: string) {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** What no column may be called, for no database keeps it; such a line is refused, and no other. */
function isName(name: string): boolean {
  return name !== '__proto__' && !name.includes('\u0000');
}

/** Why a line that is an object cannot be read; null when it can. */
function faultOf(object: JsonObject, line: string): string | null {
  if (!Object.keys(object).every(isName)) return 'The line has a name that cannot be kept.';
  // What is too deep to be counted is refused where its cell is looked at.
  const held = namesIn(object, 0);
  if (held === null || namesWritten(line) === held) return null;
  return 'The line says a name twice.';
}

/** Texts of a line, those before a colon names. In JSON a quote stands nowhere else. */
const TEXTS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

function namesWritten(line: string): number {
  let count = 0;
  for (const [, colon] of line.matchAll(TEXTS)) if (colon !== undefined) count += 1;
  return count;
}

/** Of an object that says a name twice the last value stands: the names that are left; null: too deep. */
function namesIn(value: Json, depth: number): number | null {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > CALL_DEPTH_MAX) return null;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const member of Object.values(value)) {
    const held = namesIn(member, depth + 1);
    if (held === null) return null;
    count += held;
  }
  return count;
}

/** Lines that are not blank. The file is UTF-8 already, so a line's end is always one byte. */
async function* lines(file: StoredFile): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  for await (const part of file.stream()) {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.toString('utf8', from, at);
      checkLength(at - from, number);
      if (line.trim() !== '') yield line;
      number += 1;
      from = at + 1;
    }
    rest = bytes.subarray(from);
    checkLength(rest.length, number);
  }
  const last = rest.toString('utf8');
  if (last.trim() !== '') yield last;
}

function checkLength(length: number, number: number): void {
  if (length <= ROW_CHARS_MAX) return;
  const limit = `${String(ROW_CHARS_MAX / 1024 ** 2)} MB`;
  throw new DomainError('malformed', `Line ${String(number)} is longer than ${limit}.`);
}
