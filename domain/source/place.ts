import { invalid } from '#domain/errors.ts';
import { instantOf, readDateFields } from '#domain/import/read-date.ts';
import { longestMs } from '#domain/time/duration.ts';

/**
 * How far a source was read: the cursor column's value and the key of the last row. Both are texts
 * that only the adapter reads, exact to the last digit of what the database keeps.
 */
export interface Place {
  value: string;
  /** Tells rows with the same value apart; null: all rows with this value are still to come. */
  key: string | null;
  /** Both as a person would write them, where the texts above are not that. */
  shown?: { value: string; key: string };
}

/** The cursor's value as a person would write it. */
export function valueShown({ value, shown }: Place): string {
  return shown?.value ?? value;
}

/** Keys that are ids; an address has other signs, and its place is not in a report. */
const PLAIN_KEY = /^[\w:.-]{1,64}$/;

/** The key as a person would write it; null where it might be more than an id. */
export function keyShown({ key, shown }: Place): string | null {
  const text = shown?.key ?? key;
  return text !== null && PLAIN_KEY.test(text) ? text : null;
}

/** What the values of a cursor column are: they decide how far `lookBack` reaches. */
export type CursorKind = 'instant' | 'number' | 'text';

/** How far before the last place a pull begins, and when that place was reached. */
export interface Back {
  /** A duration for instants, a number for numbers; absent: what is usual for the kind. */
  lookBack: string | number | undefined;
  /** Epoch ms of the pull that reached the place. */
  reachedAt: number;
}

/** Longer than transactions of shops stay open: what commits late has an older value by so much. */
export const LOOK_BACK_INSTANT = 'PT5M';
/** Numbers out of one sequence are given out before their rows are committed. */
export const LOOK_BACK_NUMBER = 1_000;

const WHOLE = /^-?\d+$/;
const DECIMAL = /^-?\d+\.\d+$/;

/** PostgreSQL's last and first instant. */
const BOUNDLESS = /^-?infinity$/i;

/** What a value of a cursor column is, by its looks. */
export function cursorKindOf(value: string): CursorKind {
  if (WHOLE.test(value) || DECIMAL.test(value)) return 'number';
  return BOUNDLESS.test(value) || instantIn(value) !== null ? 'instant' : 'text';
}

/**
 * The value from which the next pull reads, that value included: as much before the last as rows may
 * come late. A value ahead of the clock (somebody mistyped a year) counts as the instant at which it
 * was read, so that it does not keep all later rows out. Texts have no distance: they stay.
 * @throws DomainError `invalid` where `lookBack` is of the other kind.
 */
export function valueBack(value: string, { lookBack, reachedAt }: Back): string {
  const kind = cursorKindOf(value);
  if (kind === 'text') return value;
  if (kind === 'number') return numberBack(value, lookBack ?? LOOK_BACK_NUMBER);
  if (typeof lookBack === 'number') {
    throw wrongKind(
      'The cursor column holds instants: write `lookBack` as a duration, as in PT5M.',
    );
  }
  const at = instantIn(value) ?? (value.startsWith('-') ? null : reachedAt);
  if (at === null) return value;
  const from = Math.min(at, reachedAt) - longestMs(lookBack ?? LOOK_BACK_INSTANT);
  return inShapeOf(value, new Date(from).toISOString());
}

/** A day stays a day and a wall clock without a zone: databases compare like with like. */
function inShapeOf(value: string, iso: string): string {
  const fields = readDateFields(value, null);
  if (fields === null) return iso;
  if (!fields.hasTime) return iso.slice(0, '2026-01-31'.length);
  return fields.offsetMs === null ? iso.slice(0, -1) : iso;
}

function numberBack(value: string, lookBack: string | number): string {
  if (typeof lookBack === 'string') {
    throw wrongKind('The cursor column holds numbers: write `lookBack` as a number, as in 1000.');
  }
  return WHOLE.test(value)
    ? String(BigInt(value) - BigInt(lookBack))
    : String(Number(value) - lookBack);
}

function wrongKind(detail: string): Error {
  return invalid(detail, [{ pointer: '#/cursor/lookBack', detail }]);
}

/** Epoch ms of an ISO text; one without a zone is on a clock of its own, here as if it were UTC. */
function instantIn(value: string): number | null {
  // Ten and thirteen figures are numbers here, not seconds and milliseconds.
  if (WHOLE.test(value)) return null;
  const fields = readDateFields(value, null);
  return fields === null ? null : instantOf(fields, 'UTC');
}
