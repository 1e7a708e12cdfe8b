import type { ErrorRequestHandler, Request, Response } from 'express';
import { DomainError, type ErrorCode } from '#domain/errors.ts';
import { FAULTS_MAX } from '#domain/json-guard.ts';
import { errorCode, errorPlace, type Logger } from '#platform/logger.ts';

/** The one table from an expected failure to its HTTP status and title. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request cannot be understood' },
  unauthenticated: { status: 401, title: 'A valid key is needed' },
  forbidden: { status: 403, title: 'This key may not do that' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'This cannot be done in the present state' },
  'precondition-failed': { status: 412, title: 'It was changed by somebody else meanwhile' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'This content type is not understood' },
  invalid: { status: 422, title: 'The request contains mistakes' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** Stable names of problems: URNs, so that they mean the same on every installation. */
export function problemType(code: string): string {
  return `urn:kairos:problem:${code}`;
}

/** Seconds a client should wait after a 503 that names no time of its own. */
const RETRY_AFTER_S = 2;

/** Driver errors that mean "not now": the server is away, restarting, or changing its primary. */
const MONGO_AWAY = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoPoolClearedError',
  'MongoPoolClearedOnNetworkError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
]);

/** Server codes of a primary that steps down or shuts down. */
const MONGO_NOT_PRIMARY = new Set([91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);

/** Writes one problem (RFC 9457). */
export function sendProblem(res: Response, error: DomainError): void {
  const { status, title } = PROBLEMS[error.code];
  if (error.retryAfterS !== undefined) res.setHeader('Retry-After', String(error.retryAfterS));
  if (error.code === 'unauthenticated') res.setHeader('WWW-Authenticate', 'Bearer realm="kairos"');
  const errors = error.faults.slice(0, FAULTS_MAX);
  res
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: problemType(error.code),
        title,
        status,
        detail: error.message,
        ...(errors.length > 0 ? { errors } : {}),
      }),
    );
}

/** A socket that died under a command, which the driver hands on as it is. */
const SOCKET_DIED = new Set<unknown>(['EPIPE', 'ECONNRESET']);

/** True for errors of the driver that a repeat in a moment may cure. */
export function isMongoAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && SOCKET_DIED.has(error.code)) return true;
  if (!error.name.startsWith('Mongo')) return false;
  if (MONGO_AWAY.has(error.name)) return true;
  const { code, errorLabels } = error as { code?: unknown; errorLabels?: unknown };
  if (typeof code === 'number' && MONGO_NOT_PRIMARY.has(code)) return true;
  return Array.isArray(errorLabels) && errorLabels.includes('TransientTransactionError');
}

/** What body-parser, the router and the driver throw, as an expected failure; null for a bug. */
export function toDomainError(error: unknown): DomainError | null {
  if (error instanceof DomainError) return error;
  if (isMongoAway(error)) {
    return new DomainError('unavailable', 'The database cannot be reached. Please repeat.', {
      retryAfterS: RETRY_AFTER_S,
    });
  }
  return fromHttpError(error);
}

/** Express and its body readers mark client faults by a numeric `status`. */
function fromHttpError(error: unknown): DomainError | null {
  if (!(error instanceof Error)) return null;
  switch ((error as { status?: unknown }).status) {
    case 400:
      return new DomainError(
        'malformed',
        'The request cannot be read: it is broken or incomplete.',
      );
    case 413:
      return new DomainError('too-large', 'The body is larger than this endpoint takes.');
    case 415:
      return new DomainError('unsupported-media-type', 'The encoding or charset is not supported.');
    default:
      return null;
  }
}

/**
 * The last middleware: an expected failure becomes its problem; anything else is a bug, answered
 * 500 without detail and logged as a code and a place, for its text may quote personal data.
 */
export function createProblemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req: Request, res: Response, _next) => {
    const known = toDomainError(error);
    if (known === null) {
      const { route, requestId } = res.locals as { route?: unknown; requestId?: unknown };
      logger.error(
        { requestId, method: req.method, route, code: errorCode(error), place: errorPlace(error) },
        'request failed',
      );
    }
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (known !== null) {
      sendProblem(res, known);
      return;
    }
    res
      .status(500)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: problemType('internal'),
          title: 'Something went wrong on our side',
          status: 500,
        }),
      );
  };
}
