import type { Fault } from '#domain/errors.ts';
import { pointerTo, quote } from '#domain/journey/explain-issue.ts';
import { didYouMean, nearestWord } from '#domain/journey/nearest-word.ts';

/** Values looked at: guessing what each was meant to be takes time. */
const LOOKED_AT_MAX = 50;

/**
 * Values that were meant for a name a little different: nobody asks for them, and the name that was
 * meant was left out. Others may be sent to whoever wants them, also to segments that are gone.
 */
export function strayParams(given: readonly string[], wanted: Iterable<string>): Fault[] {
  const asked = new Set(wanted);
  const missing = [...asked].filter((name) => !given.includes(name));
  return given
    .filter((name) => !asked.has(name))
    .slice(0, LOOKED_AT_MAX)
    .filter((name) => nearestWord(name, missing) !== null)
    .map((name) => ({
      pointer: pointerTo('#/params', name),
      detail: `No segment asks for ${quote(name)}.${didYouMean(name, missing)}`,
    }));
}
