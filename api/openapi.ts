import { z } from 'zod';
import { Campaign } from '#domain/campaign/campaign.ts';
import { Condition } from '#domain/condition/condition.ts';
import { Where } from '#domain/condition/where.ts';
import { ImportMap, Skip, Source as ImportColumn } from '#domain/import/import-map.ts';
import { Journey } from '#domain/journey/journey.ts';
import { Source } from '#domain/source/source.ts';
import { Template } from '#domain/template/template.ts';
import { PROBLEMS } from './problem.ts';
import { MAIL_PATHS } from './openapi-mail.ts';
import { OPEN_PATHS } from './openapi-open-paths.ts';
import { SITE_PATHS } from './openapi-site.ts';
import { TRACKING_PATHS } from './openapi-tracking.ts';
import type { Route } from './route.ts';
import { EventView, MessageView, ProfileReply, RunView } from './views.ts';

type Json = Record<string, unknown>;

const Problem = z.object({
  type: z.string().describe('Stable name of the problem: `urn:kairos:problem:…`.'),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z
    .array(
      z.object({
        pointer: z.string().describe('JSON pointer into the body, such as `#/steps/remind`.'),
        detail: z.string(),
      }),
    )
    .optional(),
});

/** Schemas that more than one operation speaks of, by their name in the document. */
const NAMED: Record<string, z.ZodType> = {
  Journey,
  Condition,
  Where,
  Template,
  ImportColumn,
  ImportSkip: Skip,
  ImportMap,
  Source,
  Campaign,
  Profile: ProfileReply,
  Event: EventView,
  Run: RunView,
  Message: MessageView,
  Problem,
};

/** What any call behind a key may be answered beside its own failures. */
const EVERYWHERE = ['unauthenticated', 'forbidden', 'unavailable'] as const;
const WITH_INPUT = ['malformed', 'invalid'] as const;
const WITH_BODY = ['too-large', 'unsupported-media-type'] as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'A repeat with the same key within 24 hours gets the first answer.',
};

const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'The `ETag` of the state that the change is made for; 412 where it is another.',
};

/** The OpenAPI 3.1 description, made from the schemas that the routes parse with. */
export function describeApi(routes: readonly Route[], version: string): Json {
  const schemas = componentSchemas(routes);
  const paths: Record<string, Json> = {};
  for (const one of routes) {
    const { path, method } = one.spec;
    paths[path] = { ...paths[path], [method]: operation(one, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Kairos',
      version,
      summary: 'Customer journeys that never forget.',
      description: INTRODUCTION,
    },
    servers: [{ url: '/' }],
    tags: TAGS,
    security: [{ adminKey: [] }],
    paths: { ...TRACKING_PATHS, ...SITE_PATHS, ...paths, ...OPEN_PATHS, ...MAIL_PATHS },
    components: {
      securitySchemes: {
        adminKey: { type: 'http', scheme: 'bearer', description: 'An API key with scopes.' },
        writeKey: {
          type: 'http',
          scheme: 'basic',
          description: 'Tracking: the write key as user name, no password.',
        },
        exportKey: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description: 'A key that opens one export and nothing else.',
        },
      },
      schemas: schemas.all,
      responses: Object.fromEntries(Object.entries(PROBLEMS).map(problemResponse)),
    },
  };
}

const INTRODUCTION = `Shops send what customers do by the **tracking** calls (Segment's own API: its official clients work unchanged). Marketers' **journeys** and **templates** decide what each customer is sent; **profiles**, **runs** and **messages** tell what happened.

Definitions are sent as JSON or as YAML 1.2 (\`application/yaml\`). Lists take \`limit\` and \`cursor\` and answer \`{ data, next }\`. Failures are problems of RFC 9457; a 422 names every mistake with its JSON pointer.`;

const TAGS = [
  { name: 'Tracking', description: 'What customers do: Segment’s HTTP tracking API.' },
  { name: 'Pages and apps', description: 'What is shown to customers, and what becomes of it.' },
  { name: 'Journeys', description: 'Definitions, their versions and their status.' },
  { name: 'Templates', description: 'What is sent, by language and channel.' },
  { name: 'Blocks', description: 'Pieces of content that many templates hold.' },
  { name: 'Vouchers', description: 'Pools of codes, each of which one person gets.' },
  { name: 'Profiles', description: 'One true profile per customer.' },
  { name: 'Merges', description: 'Profiles found to be one person, and how to undo that.' },
  {
    name: 'Reconciles',
    description: 'Whether customers are as their events say, reckoned again each night.',
  },
  { name: 'Segments', description: 'Groups of customers that are right to the second.' },
  { name: 'Imports', description: 'Files of customers, events, orders, products and consents.' },
  { name: 'Exports', description: 'Segments and tables as files, and keys that open one of them.' },
  { name: 'Products', description: 'The catalogue.' },
  { name: 'Sources', description: 'Databases, sheets and services that rows are pulled from.' },
  { name: 'Runs', description: 'One customer’s passage through one version of a journey.' },
  { name: 'Campaigns', description: 'One message or cascade to everybody in a segment.' },
  { name: 'Messages', description: 'What was sent, and what became of it.' },
  { name: 'Sandbox', description: 'The providers, played without accounts.' },
  { name: 'Tasks', description: 'What journeys have people of the shop do, and how it went.' },
  { name: 'Webhook endpoints', description: 'Addresses that Kairos tells of events, signed.' },
  { name: 'Webhooks', description: 'Where providers post their signed receipts.' },
  { name: 'Operation', description: 'Health, and this description.' },
];

interface Schemas {
  all: Record<string, Json>;
  ref(schema: z.ZodType): Json;
}

/** Every body and answer becomes a component; the named ones keep their names wherever they occur. */
function componentSchemas(routes: readonly Route[]): Schemas {
  const registry = z.registry<{ id: string }>();
  const names = new Map<z.ZodType, string>();
  const add = (schema: z.ZodType, id: string): void => {
    if (names.has(schema)) return;
    names.set(schema, id);
    registry.add(schema, { id });
  };
  for (const [id, schema] of Object.entries(NAMED)) add(schema, id);
  for (const { spec } of routes) {
    const id = `${spec.id.charAt(0).toUpperCase()}${spec.id.slice(1)}`;
    if (spec.body !== undefined) add(spec.body.schema, `${id}Request`);
    if (spec.download === undefined) add(spec.reply, `${id}Reply`);
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // Every integer would otherwise carry JavaScript's own bounds.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const ref = (schema: z.ZodType): Json => ({
    $ref: `#/components/schemas/${names.get(schema) ?? ''}`,
  });
  return { all: withShared(schemas), ref };
}

/** What refers to itself comes apart as `__shared`, by an address that no document resolves. */
function withShared(schemas: Record<string, object>): Record<string, Json> {
  const { __shared: shared, ...own } = schemas;
  const { $defs = {} } = Object(shared) as { $defs?: Record<string, object> };
  const text = JSON.stringify(Object.fromEntries(Object.entries({ ...own, ...$defs }).map(tidied)));
  return JSON.parse(text.replaceAll('__shared#/$defs/', '')) as Record<string, Json>;
}

/** Inside one document the schemas need neither a dialect nor an address of their own. */
function tidied([name, schema]: [string, object]): [string, Json] {
  const { $schema: _, $id: __, ...rest } = schema as Json;
  return [name, rest];
}

function operation({ spec }: Route, schemas: Schemas): Json {
  const input = [spec.params, spec.query, spec.body].some((part) => part !== undefined);
  const codes = new Set([
    ...(spec.errors ?? []),
    ...EVERYWHERE,
    ...(input ? WITH_INPUT : []),
    ...(spec.body === undefined && spec.upload === undefined ? [] : WITH_BODY),
  ]);
  return {
    operationId: spec.id,
    tags: [spec.tag],
    summary: spec.summary,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    security: [
      { adminKey: [spec.scope].flat() },
      ...(spec.admitByUrl === undefined ? [] : [{ exportKey: [] }]),
    ],
    parameters: [
      ...parametersOf(spec.params, 'path'),
      ...parametersOf(spec.query, 'query'),
      ...(spec.idempotent === true ? [IDEMPOTENCY_KEY] : []),
      ...(spec.conditional === true ? [IF_MATCH] : []),
    ],
    ...(spec.body === undefined ? {} : { requestBody: requestBody(spec.body, schemas) }),
    ...(spec.upload === undefined ? {} : { requestBody: uploadBody(spec.upload) }),
    responses: {
      [String(spec.status)]: doneResponse(spec, schemas),
      ...Object.fromEntries(
        [...codes].map((code) => [
          String(PROBLEMS[code].status),
          { $ref: `#/components/responses/${code}` },
        ]),
      ),
    },
  };
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, examples, ...rest } = Object(property) as Json;
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      ...(Array.isArray(examples) ? { example: examples[0] as unknown } : {}),
      schema: rest,
    };
  });
}

function requestBody(body: NonNullable<Route['spec']['body']>, schemas: Schemas): Json {
  const schema = schemas.ref(body.schema);
  const examples = Object.fromEntries(
    Object.entries(body.examples ?? {}).map(([name, value]) => [name, { value }]),
  );
  const content = Object.keys(examples).length > 0 ? { schema, examples } : { schema };
  return {
    required: body.optional !== true,
    content: { 'application/json': content, 'application/yaml': { schema } },
  };
}

function doneResponse({ reply, replyHeaders, download }: Route['spec'], schemas: Schemas): Json {
  return {
    description: 'Done.',
    ...(replyHeaders === undefined ? {} : { headers: headersOf(replyHeaders) }),
    content:
      download === undefined
        ? { 'application/json': { schema: schemas.ref(reply) } }
        : Object.fromEntries(download.map((type) => [type, {}])),
  };
}

function headersOf(headers: NonNullable<Route['spec']['replyHeaders']>): Json {
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { schema: { type: 'string' }, description },
  ]);
  return Object.fromEntries(described) as Json;
}

/** A file: OpenAPI 3.1 describes bytes by their content type alone. */
function uploadBody(types: readonly string[]): Json {
  return { required: true, content: Object.fromEntries(types.map((type) => [type, {}])) };
}

function problemResponse([code, { title }]: [string, { title: string }]): [string, Json] {
  const retry = { schema: { type: 'integer' }, description: 'Seconds until a repeat makes sense.' };
  return [
    code,
    {
      description: title,
      ...(code === 'unavailable' || code === 'too-many-requests'
        ? { headers: { 'Retry-After': retry } }
        : {}),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ];
}
