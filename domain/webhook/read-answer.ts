import { z } from 'zod';
import { isJsonObject, readPath, type Json, type JsonObject } from '#domain/json.ts';

/** More of an answer nobody uses in a journey. */
export const VALUES_MAX = 20;
/**
 * Of all values of one answer, in characters as JSON: they stand in the run's document, once for
 * each of at most 200 steps, far below what MongoDB takes.
 */
const KEPT_MAX = 8_000;
const PATH_LENGTH_MAX = 200;

/** A name under `responses.STEP`. */
export const ValueName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, {
  error: 'Write a name of letters, digits and _, as in points.',
});

/** Where a value stands in an answer. */
export const AnswerPath = z
  .string()
  .max(PATH_LENGTH_MAX)
  .regex(/^(?:status|body(?:\.[^.\s][^.]*)*)$/, {
    error: 'Name a place of the JSON answer, as in body.customer.points, or status.',
  });

/**
 * What a step wants of an answer, by name: texts, numbers, true, false and lists of these. What is
 * not there, is something else, or is too much in all is left out: it counts as missing.
 */
export function readAnswer(
  wanted: Readonly<Record<string, string>>,
  answer: { status: number; text: string | null },
): JsonObject {
  const source = { status: answer.status, body: parsed(answer.text) };
  const values: JsonObject = {};
  let kept = 0;
  for (const [name, path] of Object.entries(wanted)) {
    const value = readPath(source, path);
    if (value === undefined || !isPlain(value)) continue;
    kept += JSON.stringify(value).length;
    if (kept > KEPT_MAX) break;
    values[name] = value;
  }
  return values;
}

function parsed(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isPlain(value: Json): boolean {
  if (value === null || isJsonObject(value)) return false;
  return Array.isArray(value)
    ? value.every((one) => one !== null && typeof one !== 'object')
    : true;
}
