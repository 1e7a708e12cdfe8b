import type { Request, RequestHandler, Router } from 'express';
import { z } from 'zod';
import { DomainError, invalid, type ErrorCode, type Fault } from '#domain/errors.ts';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { isJsonObject, type JsonObject } from '#domain/json.ts';
import { authorize, type ApiKey, type Scope } from './auth.ts';
import { parseBody, readDefinitionBytes } from './body.ts';
import { sendDownload, type Download } from './send-download.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** How a body is read: its schema (for parsing and for OpenAPI), or a parser with better words. */
export interface BodySpec<B> {
  schema: z.ZodType<B>;
  /** @throws DomainError `invalid` with every fault; absent: the schema parses. */
  parse?: (input: unknown, params: Record<string, unknown>) => B;
  /** True when the whole body may be left out. */
  optional?: boolean;
  examples?: Record<string, unknown>;
}

/** What a handler is given, already parsed. */
export interface RouteInput<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  /** The client's `Idempotency-Key`, where it sent one. */
  idempotencyKey: string | undefined;
  /** For routes that read their own body (`upload`). */
  request: Request;
}

/** What a handler answers; `status` when it differs from the route's usual one. */
export interface RouteReply<R> {
  body: R;
  status?: number;
  headers?: Record<string, string>;
  /** Sent in place of the body, by routes that say so (`download`). */
  file?: Download;
}

export interface RouteSpec<P, Q, B, R> {
  method: Method;
  /** As OpenAPI writes it: `/v1/journeys/{key}`. */
  path: string;
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** What a key must be allowed; of several all. */
  scope: Scope | readonly Scope[];
  /** What it must be allowed beside that where this one body asks for more. */
  alsoScope?: (body: B) => readonly Scope[];
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: BodySpec<B>;
  /** Content types of a body that the route reads itself, as it comes. */
  upload?: readonly string[];
  /** Content types of an answer that is a file. */
  download?: readonly string[];
  /** Headers of an answer that others are told to read, with what each says. */
  replyHeaders?: Readonly<Record<string, string>>;
  /**
   * Another way in than a bearer key: a key in the address (`?key=`), for programs that can send no
   * headers. @throws DomainError `unauthenticated`, `forbidden`
   */
  admitByUrl?: (key: string, params: Request['params']) => Promise<void>;
  status: 200 | 201 | 202;
  reply: z.ZodType<R>;
  /** Failures beside those that every route can have. */
  errors?: readonly ErrorCode[];
  /** A creating call that honours `Idempotency-Key`. */
  idempotent?: boolean;
  /** It knows a repeat by the key itself, and says so: nothing is remembered of its answers. */
  knowsRepeats?: boolean;
  /** How a repeat is answered where not all of an answer may be kept for it (personal data). */
  replay?: Replay<R>;
  /** A changing call that honours `If-Match`. */
  conditional?: boolean;
  handle(input: RouteInput<P, Q, B>): Promise<RouteReply<R>>;
}

/** What is kept of an answer, and what a repeat is told by it. */
export interface Replay<R> {
  /** Ids, by which the rest is found again. */
  keep(body: R): JsonObject;
  /** Null: nothing was kept, for the call changes nothing; it is made again. */
  tell(kept: unknown): Promise<R | null>;
}

/** A route with its types forgotten, ready to be mounted and described. */
export interface Route {
  spec: Omit<RouteSpec<unknown, unknown, unknown, unknown>, 'handle' | 'body' | 'alsoScope'> & {
    body?: Omit<BodySpec<unknown>, 'parse'>;
  };
  run(req: Request, keys: readonly ApiKey[]): Promise<RouteReply<unknown>>;
}

/** Declares one operation: what it takes, what it answers, who may call it. */
export function route<P = undefined, Q = undefined, B = undefined, R = unknown>(
  spec: RouteSpec<P, Q, B, R>,
): Route {
  return {
    spec,
    async run(req, keys) {
      const params = parsePart(spec.params, req.params, 'Path parameter');
      const query = parsePart(spec.query, req.query, 'Query parameter');
      const body = spec.body === undefined ? undefined : readBody(spec.body, req);
      const also = spec.alsoScope?.(body as B) ?? [];
      if (also.length > 0) authorize(keys, req.get('authorization'), also);
      return spec.handle({
        // Absent schemas leave P, Q and B at their default, undefined.
        params: params as P,
        query: query as Q,
        body: body as B,
        idempotencyKey: readIdempotencyKey(req),
        request: req,
      });
    },
  };
}

function parsePart<T>(
  schema: z.ZodType<T> | undefined,
  value: unknown,
  part: string,
): T | undefined {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(`${part}s are not right.`, faultsOf(schema, value, parsed.error.issues));
}

function readBody<B>(spec: BodySpec<B>, req: Request): B {
  const value = parseBody(req);
  if (value === undefined && spec.optional !== true) {
    throw new DomainError('malformed', 'The request needs a body.');
  }
  if (spec.parse !== undefined) return spec.parse(value, req.params);
  const parsed = spec.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid('The body is not right.', faultsOf(spec.schema, value, parsed.error.issues));
}

/** Every mistake zod found, as pointers and sentences. */
export function faultsOf(schema: z.ZodType, value: unknown, issues: z.ZodError['issues']): Fault[] {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return explainIssues(issues, { value, pointer: '#', fields });
}

function readIdempotencyKey(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined) return undefined;
  if (/^[\u0021-\u007e]{1,255}$/.test(key)) return key;
  throw new DomainError('malformed', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
}

/** Carries out a creating call at most once per key; see idempotency.ts. */
export type Once = (
  route: string,
  req: Request,
  run: () => Promise<RouteReply<unknown>>,
) => Promise<RouteReply<unknown>>;

export interface MountOptions {
  keys: readonly ApiKey[];
  once: Once;
}

/** Mounts routes on a router; a known path with another method is a 405 that says which it takes. */
export function mountRoutes(router: Router, routes: readonly Route[], options: MountOptions): void {
  const methods = new Map<string, string[]>();
  for (const one of routes) {
    const path = expressPath(one.spec.path);
    methods.set(path, [...(methods.get(path) ?? []), one.spec.method.toUpperCase()]);
    const handlers = [admit(one, options.keys), readDefinitionBytes, answer(one, options)];
    router[one.spec.method](path, ...handlers);
  }
  for (const [path, allowed] of methods) router.all(path, refuseMethod(allowed));
}

/** The key is checked before a byte of the body is read. */
function admit(one: Route, keys: readonly ApiKey[]): RequestHandler {
  return async (req, res, next) => {
    res.locals.route = one.spec.path;
    const { key } = req.query;
    const { admitByUrl } = one.spec;
    if (admitByUrl !== undefined && typeof key === 'string') await admitByUrl(key, req.params);
    else authorize(keys, req.get('authorization'), one.spec.scope);
    next();
  };
}

function answer(one: Route, options: MountOptions): RequestHandler {
  return async (req, res) => {
    const reply = await replyOf(one, options, req);
    res.set('Cache-Control', 'no-store');
    res.set(reply.headers ?? {});
    if (reply.file !== undefined) {
      await sendDownload(req, res, reply.file);
      return;
    }
    res.status(reply.status ?? one.spec.status).json(reply.body);
  };
}

async function replyOf(
  one: Route,
  { once, keys }: MountOptions,
  req: Request,
): Promise<RouteReply<unknown>> {
  const { idempotent, knowsRepeats, id, replay } = one.spec;
  const run = (): Promise<RouteReply<unknown>> => one.run(req, keys);
  if (idempotent !== true || knowsRepeats === true) return run();
  if (replay === undefined) return once(id, req, run);
  const fresh: RouteReply<unknown>[] = [];
  const kept = await once(id, req, async () => {
    const reply = await run();
    fresh.push(reply);
    return { ...reply, body: replay.keep(reply.body) };
  });
  const [first] = fresh;
  if (first !== undefined) return first;
  const body = await replay.tell(kept.body);
  return body === null ? run() : { ...kept, body };
}

/** `/v1/journeys/{key}` as express writes it. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Answers 405, or lists the methods when asked by OPTIONS. */
export function refuseMethod(allowed: readonly string[]): RequestHandler {
  return (req, res) => {
    res.set('Allow', allowed.join(', '));
    if (req.method === 'OPTIONS') {
      res.status(204).end();
      return;
    }
    res
      .status(405)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'urn:kairos:problem:method-not-allowed',
          title: 'This method is not possible here',
          status: 405,
          detail: `This address takes ${allowed.join(', ')}.`,
        }),
      );
  };
}

/** The body with the key of its address, where it names none. */
export function withKey(input: unknown, key: unknown): unknown {
  if (!isJsonObject(input) || 'key' in input || typeof key !== 'string') return input;
  return { key, ...input };
}
