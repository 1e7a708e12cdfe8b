import { AbortError } from './abort-tag.ts';
import { MissingValueError } from './missing-value.ts';

/** Why a Liquid text came to nothing. */
export type Unrendered =
  /** The text's own path to what is empty. */
  | { missing: string }
  /** The text itself says so, and why. */
  | { aborted: string }
  /** It broke a limit or failed; nothing about it depends on a retry. */
  | { error: 'templateError' };

/** Liquid wraps what is thrown inside its tags, once for each level. */
export function whyUnrendered(error: unknown): Unrendered {
  let here = error;
  for (let level = 0; level < 100 && here instanceof Error; level += 1) {
    if (here instanceof MissingValueError) return { missing: here.path };
    if (here instanceof AbortError) return { aborted: here.why };
    here = (here as { originalError?: unknown }).originalError;
  }
  return { error: 'templateError' };
}
