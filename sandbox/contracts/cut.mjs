// Makes the cuts beside this file out of the providers' own OpenAPI descriptions:
//   node sandbox/contracts/cut.mjs FOLDER
// A cut keeps facts only (paths, names, types, what is required, enums, formats, bounds) of the
// few operations Kairos calls; all prose and all examples stay behind.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const CUTS = [
  { file: 'sendgrid-mail.openapi.json', operations: ['SendMail'] },
  {
    file: 'twilio-messages.openapi.json',
    operations: ['CreateMessage', 'ListMessage', 'FetchMessage'],
  },
  { file: 'fcm.openapi.json', operations: ['fcm.projects.messages.send'] },
  {
    file: 'infobip-viber.openapi.json',
    operations: ['send-viber-messages'],
    kinds: ['TEXT', 'IMAGE'],
  },
  { file: 'infobip-sms.openapi.json', operations: ['send-sms-messages'] },
];

/** What a schema may keep besides its sub-schemas. */
const SCHEMA_FACTS = [
  'type',
  'required',
  'enum',
  'format',
  'nullable',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'uniqueItems',
  '$ref',
];

function pick(source, names) {
  return Object.fromEntries(names.filter((n) => source[n] !== undefined).map((n) => [n, source[n]]));
}

function mapValues(source, change) {
  return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, change(value)]));
}

function cutSchema(schema) {
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = pick(schema, SCHEMA_FACTS);
  if (schema.properties) kept.properties = mapValues(schema.properties, cutSchema);
  if (schema.items) kept.items = cutSchema(schema.items);
  if (schema.additionalProperties !== undefined) {
    kept.additionalProperties = cutSchema(schema.additionalProperties);
  }
  for (const list of ['oneOf', 'anyOf', 'allOf']) {
    if (schema[list]) kept[list] = schema[list].map(cutSchema);
  }
  return kept;
}

/**
 * A schema that is told apart by a property becomes a choice between those of its kinds that Kairos
 * sends, each whole in itself.
 */
function chooseKinds(schemas, kinds) {
  for (const [name, schema] of Object.entries(schemas)) {
    const { propertyName, mapping } = schema.discriminator ?? {};
    const chosen = Object.entries(mapping ?? {}).filter(([kind]) => kinds.includes(kind));
    if (chosen.length !== kinds.length) continue;
    for (const [kind, ref] of chosen) {
      const whole = schemas[ref.split('/').at(-1)];
      const own = whole.allOf.find((part) => part.properties);
      whole.type = 'object';
      whole.properties = { ...own.properties, [propertyName]: { type: 'string', enum: [kind] } };
      delete whole.allOf;
    }
    schemas[name] = { oneOf: chosen.map(([, $ref]) => ({ $ref })) };
  }
}

function cutContent(content) {
  return mapValues(content, (media) => ({ schema: cutSchema(media.schema ?? {}) }));
}

function cutParameter(parameter) {
  if (parameter.$ref) return { $ref: parameter.$ref };
  return { ...pick(parameter, ['name', 'in', 'required']), schema: cutSchema(parameter.schema) };
}

function cutBody(body) {
  if (body.$ref) return { $ref: body.$ref };
  return { ...pick(body, ['required']), content: cutContent(body.content) };
}

// OpenAPI demands a description of a response: it is kept empty.
function cutResponse(response) {
  if (response.$ref) return { $ref: response.$ref };
  const content = response.content ? { content: cutContent(response.content) } : {};
  return { description: '', ...content };
}

function cutOperation(operation) {
  const kept = pick(operation, ['operationId']);
  if (operation.parameters) kept.parameters = operation.parameters.map(cutParameter);
  if (operation.requestBody) kept.requestBody = cutBody(operation.requestBody);
  kept.responses = mapValues(operation.responses, cutResponse);
  return kept;
}

const CUT_COMPONENT = {
  schemas: cutSchema,
  parameters: cutParameter,
  requestBodies: cutBody,
  responses: cutResponse,
};

/** Copies into `kept` every component that `node` refers to, and those they refer to. */
function keepReferred(node, source, kept) {
  if (typeof node !== 'object' || node === null) return;
  if (typeof node.$ref === 'string') {
    const [, , kind, name] = node.$ref.split('/');
    kept[kind] ??= {};
    if (!kept[kind][name]) {
      kept[kind][name] = CUT_COMPONENT[kind](source[kind][name]);
      keepReferred(kept[kind][name], source, kept);
    }
  }
  for (const value of Object.values(node)) keepReferred(value, source, kept);
}

function cut(description, operations) {
  const paths = {};
  for (const [route, item] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!operations.includes(operation?.operationId)) continue;
      paths[route] ??= {};
      paths[route][method] = cutOperation(operation);
    }
  }
  const components = {};
  keepReferred(paths, description.components, components);
  const { title, version } = description.info;
  return { openapi: description.openapi, info: { title, version }, paths, components };
}

const folder = process.argv[2];
if (!folder) {
  console.error("Say where the providers' descriptions lie: node sandbox/contracts/cut.mjs FOLDER");
  process.exit(1);
}
for (const { file, operations, kinds } of CUTS) {
  const description = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  if (kinds) chooseKinds(description.components.schemas, kinds);
  const target = path.join(import.meta.dirname, file);
  writeFileSync(target, `${JSON.stringify(cut(description, operations), null, 2)}\n`);
}
