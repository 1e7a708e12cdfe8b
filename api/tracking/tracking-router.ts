import { Router, type NextFunction, type Request, type Response } from 'express';
import { DomainError, type Fault } from '#domain/errors.ts';
import type { EventKind } from '#domain/event/event.ts';
import { CALL_FAULTS_MAX, inspectJson, withoutNulls } from '#domain/event/inspect-json.ts';
import { BATCH_BYTES_MAX, BATCH_CALLS_MAX, EVENT_BYTES_MAX } from '#domain/event/tracking.ts';
import type { Accepted, AcceptEvents, CallNote, CallOrigin } from '#events/accept-events.ts';
import { allowAnyOrigin } from '../any-origin.ts';
import { bootSettings } from './boot-settings.ts';
import { parseObject, readBody } from './read-body.ts';
import {
  basicKey,
  createKeyKind,
  unknownKey,
  type KeyKind,
  type TrackingKeys,
} from './write-keys.ts';

export type { TrackingKeys } from './write-keys.ts';

export interface TrackingDeps {
  accept: AcceptEvents;
  keys: TrackingKeys;
  /** Writes an expected failure as a problem (RFC 9457). */
  sendProblem: (res: Response, error: DomainError) => void;
}

/** Segment's calls: the long path of its servers' libraries and the short one of its browser library. */
const CALLS: readonly (readonly [path: string, short: string, kind: EventKind])[] = [
  ['/v1/identify', '/v1/i', 'identify'],
  ['/v1/track', '/v1/t', 'track'],
  ['/v1/page', '/v1/p', 'page'],
  ['/v1/screen', '/v1/s', 'screen'],
  ['/v1/group', '/v1/g', 'group'],
  ['/v1/alias', '/v1/a', 'alias'],
];

/** A page may boot with settings of five minutes ago. */
const SETTINGS_S = 300;
/** Faults of a request of which nothing was good, in one answer. */
const FAULTS_MAX = 100;

type Handler = (req: Request, res: Response) => Promise<void>;

/**
 * Segment's HTTP tracking API. Mount it before anything that reads bodies: it reads its own, raw,
 * within its own limits.
 */
export function createTrackingRouter(deps: TrackingDeps): Router {
  const router = Router();
  const keyKind = createKeyKind(deps.keys);
  const paths = ['/v1/batch', '/v1/b', '/v1/m', '/v1/projects/:writeKey/settings'];
  router.all(
    [...CALLS.flatMap(([path, short]) => [path, short]), ...paths],
    noteRoute,
    allowAnyOrigin,
  );

  const safely = (handle: Handler) => (req: Request, res: Response, next: NextFunction) => {
    handle(req, res).catch((error: unknown) => {
      if (error instanceof DomainError) deps.sendProblem(res, error);
      else next(error);
    });
  };
  const authenticated = async (req: Request, limit: number): Promise<[KeyKind, Body]> => {
    const basic = basicKey(req);
    // A wrong key in the header is refused before anything is read.
    const early = basic === undefined ? null : keyKind(basic);
    if (basic !== undefined && early === null) throw unknownKey();
    const body = parseObject(await readBody(req, limit));
    const kind = early ?? keyKind(body.writeKey);
    if (kind === null) throw unknownKey();
    return [kind, body];
  };

  for (const [path, short, kind] of CALLS) {
    router.post(
      [path, short],
      safely(async (req, res) => {
        const [source, body] = await authenticated(req, EVENT_BYTES_MAX);
        answer(res, await deps.accept([body], { source, kind }), false);
      }),
    );
  }
  router.post(
    ['/v1/batch', '/v1/b'],
    safely(async (req, res) => {
      const [source, body] = await authenticated(req, BATCH_BYTES_MAX);
      const calls = membersOf(body);
      answer(res, await deps.accept(calls, originOf(body, source)), true);
    }),
  );
  // The browser library's own health figures: nothing of a customer, so nothing is kept.
  router.post('/v1/m', (_req, res) => {
    res.json({ success: true });
  });
  router.get('/v1/projects/:writeKey/settings', (req, res) => {
    const { writeKey } = req.params;
    if (keyKind(writeKey) === null) {
      deps.sendProblem(res, new DomainError('not-found', 'There is no such write key.'));
      return;
    }
    res.setHeader('Cache-Control', `private, max-age=${String(SETTINGS_S)}`);
    res.json(bootSettings(req, writeKey));
  });
  return router;
}

type Body = Record<string, unknown>;

/** The path as it is written here: express takes any case, and settings are asked for by key. */
function routeOf(path: string): string {
  const plain = path.toLowerCase().replace(/\/+$/, '');
  return plain.startsWith('/v1/projects/') ? '/v1/projects/{writeKey}/settings' : plain;
}

function noteRoute(req: Request, res: Response, next: NextFunction): void {
  res.locals.route = routeOf(req.path);
  res.locals.isTracking = true;
  next();
}

function membersOf(body: Body): unknown[] {
  const calls = body.batch;
  if (!Array.isArray(calls)) {
    throw new DomainError('malformed', 'A batch is an object with a list `batch`.', {
      faults: [{ pointer: '#/batch', detail: '`batch` is not a list.' }],
    });
  }
  if (calls.length > BATCH_CALLS_MAX) {
    throw new DomainError('too-large', `A batch has at most ${String(BATCH_CALLS_MAX)} calls.`);
  }
  return calls;
}

/** A batch may say once what holds for all its members. */
function originOf(body: Body, source: KeyKind): CallOrigin {
  const { sentAt, context } = body;
  if (typeof context !== 'object' || context === null) return { source, sentAt };
  const { faults } = inspectJson({ context });
  if (faults.length > 0) throw refusal(faults);
  return { source, sentAt, context: withoutNulls<unknown>(context) };
}

/** 200 when anything is good; what is not is told, member by member. */
function answer(res: Response, accepted: Accepted, batch: boolean): void {
  const { rejected, warnings } = accepted;
  if (accepted.accepted === 0 && rejected.length > 0) throw refusal(faultsOf(rejected, batch));
  res.json({
    success: true,
    ...(rejected.length > 0 ? { rejected } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  });
}

function refusal(faults: Fault[]): DomainError {
  return new DomainError('malformed', 'Nothing of this was stored.', { faults });
}

function faultsOf(rejected: readonly CallNote[], batch: boolean): Fault[] {
  const inBatch = ({ index, errors }: CallNote): Fault[] =>
    errors.slice(0, CALL_FAULTS_MAX).map(({ pointer, detail }) => ({
      pointer: `#/batch/${String(index)}${pointer.slice(1)}`,
      detail,
    }));
  return rejected.flatMap((note) => (batch ? inBatch(note) : note.errors)).slice(0, FAULTS_MAX);
}
