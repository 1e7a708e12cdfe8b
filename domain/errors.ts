/**
 * Every expected failure of Kairos, by a stable code. The API maps each code to one HTTP status
 * in one table (api/problem.ts); a code without a status does not compile.
 */
export type ErrorCode =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid'
  | 'too-many-requests'
  | 'unavailable';

/** One fault of an input: where (a JSON pointer such as `#/steps/remind`) and what, in a sentence. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** An expected failure: something a caller did or must wait for, never a bug of ours. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  /** For `too-many-requests` and `unavailable`: seconds after which a repeat makes sense. */
  readonly retryAfterS: number | undefined;

  /** `message` is shown to the caller: it must hold no personal data and no driver's text. */
  constructor(
    code: ErrorCode,
    message: string,
    details: { faults?: readonly Fault[]; retryAfterS?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.faults = details.faults ?? [];
    this.retryAfterS = details.retryAfterS;
  }
}

/** Shorthand for the commonest refusal: the input is well-formed but says something impossible. */
export function invalid(message: string, faults: readonly Fault[] = []): DomainError {
  return new DomainError('invalid', message, { faults });
}
