import express, { type Request, type RequestHandler } from 'express';
import { isScalar, parseDocument, visit, type Document } from 'yaml';
import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import { FAULTS_MAX, guardJson } from '#domain/json-guard.ts';

/**
 * Largest body of a definition. Ten thousand steps still fit, so that they are refused by the rule
 * that names the limit of steps and not by a bare 413.
 */
export const BODY_BYTES_MAX = 512 * 1024;

/** Aliases one YAML text may use; each may stand for its anchor's whole content. */
const YAML_ALIASES_MAX = 100;

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];
export const BODY_TYPES = ['application/json', 'application/*+json', ...YAML_TYPES];

/** Reads the raw bytes of JSON and YAML bodies, up to BODY_BYTES_MAX. */
export const readDefinitionBytes: RequestHandler = express.raw({
  type: BODY_TYPES,
  limit: BODY_BYTES_MAX,
});

/**
 * The body as plain JSON data; undefined when the request has none.
 * @throws DomainError `malformed` (not JSON or YAML), `unsupported-media-type`, `invalid` (data
 * that no definition may hold: see guardJson).
 */
export function parseBody(req: Request): unknown {
  const bytes: unknown = req.body;
  if (!Buffer.isBuffer(bytes)) {
    if (!hasBody(req)) return undefined;
    throw new DomainError(
      'unsupported-media-type',
      'Send JSON (`application/json`) or YAML 1.2 (`application/yaml`).',
    );
  }
  if (bytes.length === 0) return undefined;
  const charset = /;\s*charset="?([^";\s]+)/i.exec(req.get('content-type') ?? '')?.[1] ?? 'utf-8';
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new DomainError('unsupported-media-type', 'Send the body as UTF-8.');
  }
  const text = decode(bytes);
  const value = req.is(YAML_TYPES) === false ? parseJson(text) : parseYaml(text);
  const faults = guardJson(value);
  if (faults.length > 0) throw invalid('The body holds data that is not allowed.', faults);
  return value;
}

function hasBody(req: Request): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError('malformed', 'The body is not valid UTF-8.');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 names the position but also quotes the text: only the position is passed on.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const where =
      position === undefined ? '' : ` It breaks off at ${lineAt(text, Number(position))}.`;
    throw new DomainError('malformed', `The body is not valid JSON.${where}`);
  }
}

function lineAt(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${String(before.length)}, column ${String((before.at(-1)?.length ?? 0) + 1)}`;
}

/** YAML 1.2 core schema, one document, no own tags, no duplicate keys, few aliases. */
function parseYaml(text: string): unknown {
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      // The library compares every pair of keys; `duplicates` does the same in one pass.
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
      // With `silent` the library takes the first of several documents and says nothing.
      logLevel: 'error',
    });
    refuseBroken(document, text);
    const faults = duplicates(document);
    if (faults.length > 0)
      throw new DomainError('malformed', 'The YAML repeats a key.', { faults });
    return document.toJS({ maxAliasCount: YAML_ALIASES_MAX });
  } catch (error) {
    if (error instanceof DomainError) throw error;
    if (error instanceof RangeError) {
      throw new DomainError('malformed', 'The YAML is nested too deeply to be read.');
    }
    if (error instanceof ReferenceError) {
      throw new DomainError(
        'malformed',
        `The YAML uses its aliases to grow beyond all measure, or one that is not defined. Write the content out.`,
      );
    }
    throw error;
  }
}

function refuseBroken(document: Document.Parsed, text: string): void {
  const [first] = [...document.errors, ...document.warnings];
  if (first === undefined) return;
  const where = lineAt(text, first.pos[0]);
  const why: Partial<Record<string, string>> = {
    MULTIPLE_DOCS: 'The body holds more than one YAML document.',
    TAG_RESOLVE_FAILED: `The YAML uses a tag that is not understood at ${where}.`,
    BAD_ALIAS: `The YAML uses an alias that is not defined at ${where}.`,
    NON_STRING_KEY: `The YAML has a key that is not text at ${where}.`,
    RESOURCE_EXHAUSTION: 'The YAML is nested too deeply to be read.',
  };
  throw new DomainError('malformed', why[first.code] ?? `The body is not valid YAML at ${where}.`);
}

function duplicates(document: Document.Parsed): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : null;
        if (name !== null && seen.has(name) && faults.length < FAULTS_MAX) {
          faults.push({
            pointer: '#',
            detail: `The key \`${name.slice(0, 100)}\` is given twice.`,
          });
        }
        if (name !== null) seen.add(name);
      }
    },
  });
  return faults;
}
