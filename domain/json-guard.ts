import type { Fault } from '#domain/errors.ts';

/** Nobody's definition needs more; recursive readers (validators, drivers) stay far from the stack's end. */
export const DEPTH_MAX = 50;

/** Faults listed in one answer: enough to work on, small enough to send. */
export const FAULTS_MAX = 100;

/**
 * Values plus characters of text. Twice what the largest body can hold, so that only YAML aliases,
 * which stand for their content again and again, can reach it.
 */
const SIZE_MAX = 1_000_000;

const LONE_SURROGATE = /\p{Surrogate}/u;

interface Place {
  value: unknown;
  pointer: string;
  depth: number;
}

/**
 * Finds what parsed JSON or YAML may hold but no definition of Kairos ever should: nesting deeper
 * than DEPTH_MAX, numbers that are not finite, NUL characters, broken Unicode, and keys that mean
 * something to a database or to JavaScript itself. Empty when all is well. Not recursive, so that
 * no input can exhaust the stack.
 */
export function guardJson(input: unknown): Fault[] {
  const faults: Fault[] = [];
  const open: Place[] = [{ value: input, pointer: '#', depth: 0 }];
  let size = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    size += typeof place.value === 'string' ? place.value.length + 1 : 1;
    if (size > SIZE_MAX)
      return [{ pointer: '#', detail: 'The data is too large once written out.' }];
    if (faults.length >= FAULTS_MAX) return faults;
    const fault = faultOf(place);
    if (fault !== null) faults.push({ pointer: place.pointer, detail: fault });
    else open.push(...childrenOf(place, faults));
  }
  return faults;
}

function faultOf({ value, depth }: Place): string | null {
  if (typeof value === 'string') return textFault(value, 'The text');
  if (typeof value === 'number' && !Number.isFinite(value)) return 'The number is not finite.';
  if (typeof value === 'object' && value !== null && depth >= DEPTH_MAX) {
    return `The data is nested deeper than ${String(DEPTH_MAX)} levels.`;
  }
  return null;
}

function textFault(text: string, subject: string): string | null {
  if (text.includes('\u0000')) return `${subject} contains a NUL character.`;
  if (LONE_SURROGATE.test(text)) return `${subject} contains half a Unicode character.`;
  return null;
}

function* childrenOf({ value, pointer, depth }: Place, faults: Fault[]): Generator<Place> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const detail = keyFault(key);
    if (detail !== null) {
      if (faults.length < FAULTS_MAX) faults.push({ pointer, detail });
      continue;
    }
    yield { value: child, pointer: `${pointer}/${pointerToken(key)}`, depth: depth + 1 };
  }
}

function keyFault(key: string): string | null {
  if (key === '__proto__') return 'The key `__proto__` is not allowed.';
  if (key.startsWith('$')) return 'A key may not begin with `$`.';
  return textFault(key, 'A key');
}

/** One part of a JSON pointer, escaped as RFC 6901 asks; long keys are cut, for answers quote them. */
export function pointerToken(key: string): string {
  return key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
