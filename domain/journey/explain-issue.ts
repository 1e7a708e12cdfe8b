import type { z } from 'zod';
import type { Fault } from '#domain/errors.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Longer pieces of a definition are cut when they are quoted in a sentence. */
const QUOTE_LENGTH_MAX = 64;
/** Unknown fields told at one place: guessing what each was meant to be takes time. */
const UNKNOWN_MAX = 50;

/** What issues are about: the value as it was written, where it stands, which words are known. */
export interface Written {
  value: unknown;
  /** Pointer to the value, such as `#/steps/remind`. */
  pointer: string;
  /** Field names of the language, to guess what a strange one was meant to be. */
  fields: readonly string[];
}

/** A JSON pointer one name deeper. */
export function pointerTo(pointer: string, name: PropertyKey): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A piece of the definition in quotes, cut where it is long. */
export function quote(text: string): string {
  return text.length > QUOTE_LENGTH_MAX ? `"${text.slice(0, QUOTE_LENGTH_MAX)}…"` : `"${text}"`;
}

/** Turns the parser's issues into faults that say, for a person, what is wrong where. */
export function explainIssues(issues: readonly Issue[], written: Written): Fault[] {
  return issues.flatMap((issue) => explain(issue, written, []));
}

function explain(issue: Issue, written: Written, before: Path): Fault[] {
  const path = [...before, ...issue.path];
  const value = valueAt(written.value, path);
  const pointer = path.reduce<string>(pointerTo, written.pointer);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, UNKNOWN_MAX).map((key) => ({
      pointer: pointerTo(pointer, key),
      detail: `${quote(key)} is not known here.${didYouMean(key, written.fields)}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    const option = likeliest(issue.errors, value);
    if (option !== null) return option.flatMap((inner) => explain(inner, written, path));
  }
  if (issue.code === 'invalid_key') {
    const inner = issue.issues[0]?.message ?? '';
    return [{ pointer, detail: `${quote(String(path.at(-1)))} can't stand here. ${inner}`.trim() }];
  }
  return [{ pointer, detail: sentence(issue, value, path) }];
}

function sentence(issue: Issue, value: unknown, path: Path): string {
  const name = path.length === 0 ? 'This' : quote(String(path.at(-1)));
  const own = ownWords(issue.message);
  if (value === undefined && issue.code !== 'custom') {
    return own === null ? `${name} is missing.` : `${name} is missing. ${own}`;
  }
  return own ?? `${name} ${predicate(issue, value)}`;
}

function predicate(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    return `must be ${TYPE_WORDS[issue.expected] ?? 'something else'}.`;
  }
  if (issue.code === 'invalid_value') return choice(issue.values.map(String), value);
  if (issue.code === 'too_big') {
    const what = issue.origin === 'number' ? 'big' : 'long';
    return `is too ${what}: at most ${amount(issue.maximum, issue.origin)}.`;
  }
  if (issue.code === 'too_small') {
    const what = issue.origin === 'number' ? 'small' : 'short';
    return `is too ${what}: at least ${amount(issue.minimum, issue.origin)}.`;
  }
  return "can't be read: it has none of the forms that are possible here.";
}

function choice(values: readonly string[], value: unknown): string {
  const guess = typeof value === 'string' ? didYouMean(value, values) : '';
  return values.length === 1
    ? `must be ${values.join('')}.`
    : `must be one of ${values.join(', ')}.${guess}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object with named fields',
  record: 'an object with named fields',
  array: 'a list',
};

function amount(limit: number | bigint, origin: string): string {
  const count = String(limit);
  if (origin === 'string') return `${count} ${count === '1' ? 'character' : 'characters'}`;
  if (origin === 'array') return `${count} ${count === '1' ? 'entry' : 'entries'}`;
  return count;
}

/** A message somebody wrote for this very place; null for the parser's own technical ones. */
function ownWords(message: string): string | null {
  return /^(?:Invalid|Too (?:big|small)|Unrecognized)/.test(message) ? null : message;
}

/** Of several possible forms, the issues of the one that was most likely meant; null: no guess. */
function likeliest(options: readonly Issue[][], value: unknown): readonly Issue[] | null {
  const fitting = options.filter((issues) => !issues.some((issue) => isOtherType(issue, value)));
  const ranked = fitting
    .filter((issues) => issues.length > 0)
    .map((issues) => ({ issues, strangers: strangersIn(issues) }))
    .sort((a, b) => a.strangers - b.strangers || a.issues.length - b.issues.length);
  return ranked[0]?.issues ?? null;
}

/** Fields that a form does not know say more about what was meant than anything else. */
function strangersIn(issues: readonly Issue[]): number {
  return issues.filter((issue) => issue.code === 'unrecognized_keys').length;
}

function isOtherType(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_type') return true;
  return issue.code === 'invalid_value' && typeof value === 'object';
}

function valueAt(root: unknown, path: Path): unknown {
  let here = root;
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}
