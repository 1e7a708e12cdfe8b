import type { Fault } from '#domain/errors.ts';
import { pointerToken } from '#domain/json-guard.ts';

/**
 * Containers inside one another in a tracking call, the call itself not counted. Segment's own
 * libraries send four at most; recursive readers after us stay far from the stack's end.
 */
export const CALL_DEPTH_MAX = 10;

/** Faults told about one call: enough to mend it. */
export const CALL_FAULTS_MAX = 10;

// NUL, or any half of a surrogate pair; only texts that have one are looked at closely.
const SUSPICIOUS = /[\u0000\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** What a walk over one call found. */
export interface Inspection {
  faults: Fault[];
  /** Some object has a member `null`, which means absent. */
  hasNull: boolean;
}

/**
 * Looks through one parsed call for what may not be stored: NUL and broken Unicode in texts and
 * keys, keys beginning with `$` or meaning something to JavaScript, numbers that are not finite,
 * nesting deeper than CALL_DEPTH_MAX. Ignored fields are looked at too, so that the same call is
 * never refused by one release and taken by the next. Recursion ends at the depth limit.
 */
export function inspectJson(call: object): Inspection {
  const inspection: Inspection = { faults: [], hasNull: false };
  inspectMembers(call, '#', 0, inspection);
  return inspection;
}

function inspectMembers(value: object, pointer: string, depth: number, found: Inspection): void {
  if (depth > CALL_DEPTH_MAX) {
    note(found, pointer, `is nested deeper than ${String(CALL_DEPTH_MAX)} levels`);
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (item !== null) inspectValue(item, { pointer, key: String(index), depth, found });
    }
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const fault = keyFault(key);
    if (fault !== null) note(found, pointer, fault);
    else if (member === null) found.hasNull = true;
    else inspectValue(member, { pointer, key, depth, found });
  }
}

interface Member {
  pointer: string;
  key: string;
  depth: number;
  found: Inspection;
}

function inspectValue(value: unknown, member: Member): void {
  if (typeof value === 'string') {
    if (!SUSPICIOUS.test(value)) return;
    const fault = textFault(value);
    if (fault !== null) note(member.found, pointerTo(member), fault);
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) note(member.found, pointerTo(member), 'is not a finite number');
  } else if (typeof value === 'object' && value !== null) {
    inspectMembers(value, pointerTo(member), member.depth + 1, member.found);
  }
}

function pointerTo({ pointer, key }: Member): string {
  return `${pointer}/${pointerToken(key)}`;
}

function keyFault(key: string): string | null {
  if (FORBIDDEN_KEYS.has(key)) return `has the key \`${key}\`, which is not allowed`;
  if (key.charCodeAt(0) === 36) return 'has a key that begins with `$`';
  if (!SUSPICIOUS.test(key)) return null;
  const fault = textFault(key);
  return fault === null ? null : `has a key that ${fault}`;
}

/** Why a text cannot be kept, as the end of a sentence; null when it can. */
export function textFault(text: string): string | null {
  if (text.includes('\u0000')) return 'contains a NUL character';
  if (LONE_SURROGATE.test(text)) return 'contains half a Unicode character';
  return null;
}

function note(found: Inspection, pointer: string, detail: string): void {
  if (found.faults.length >= CALL_FAULTS_MAX) return;
  const subject = pointer === '#' ? 'The call' : `\`${pointer.slice(2)}\``;
  found.faults.push({ pointer, detail: `${subject} ${detail}.` });
}

/** A copy without the object members that are `null`, at any depth; places in lists are kept. */
export function withoutNulls<T>(value: T): T;
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls<unknown>(member)]),
  );
}
