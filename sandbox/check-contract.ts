import { readFile } from 'node:fs/promises';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import { z } from 'zod';

/** One thing a request gets wrong, e.g. `/personalizations` is `required`. */
export interface ContractFault {
  /** JSON pointer into the body or the query. */
  pointer: string;
  /** JSON Schema's word for the broken rule: `required`, `type`, `enum`, `format` … */
  keyword: string;
  /** The missing or unknown property, the expected type, the expected format. */
  detail: string;
}

export interface CheckedRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
}

/** No provider takes a longer address; bounds the work of the expression too. */
const EMAIL_LENGTH_MAX = 320;
const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/;

const FORMATS = {
  email: (text: string) => text.length <= EMAIL_LENGTH_MAX && EMAIL.test(text),
  uri: (text: string) => URL.canParse(text),
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  // Judged by the providers' own error codes, not by form.
  'phone-number': true,
  'google-datetime': true,
  'google-duration': true,
} as const;

/** A provider's own OpenAPI description, asked in process whether a request keeps to it. */
export class ProviderContract {
  private readonly backend: OpenAPIBackend;

  private constructor(backend: OpenAPIBackend) {
    this.backend = backend;
  }

  /**
   * `forms`: bodies are form-encoded, so that numbers and booleans arrive as text. `closed`: the
   * provider refuses names it does not know, which its description does not say.
   */
  static async load(
    file: string,
    { forms = false, closed = false }: { forms?: boolean; closed?: boolean },
  ): Promise<ProviderContract> {
    const text = await readFile(new URL(`./contracts/${file}`, import.meta.url), 'utf8');
    const definition = JSON.parse(text, (_key, value: unknown) =>
      closed ? closeObject(value) : value,
    ) as Document;
    const backend = new OpenAPIBackend({
      definition,
      quick: true,
      coerceTypes: forms,
      ajvOpts: {
        strict: false,
        logger: false,
        formats: FORMATS,
        allErrors: false,
        ...(forms && { coerceTypes: 'array' as const }),
      },
    });
    await backend.init();
    return new ProviderContract(backend);
  }

  /** The faults of a request, none if it is right. */
  check(operation: string, request: CheckedRequest): ContractFault[] {
    const { method, path, headers = {}, query = {}, body } = request;
    const result = this.backend.validateRequest({ method, path, headers, query, body }, operation);
    if (result.valid) return [];
    return (result.errors ?? []).map(({ instancePath, keyword, params }) => ({
      pointer: instancePath.replace(/^\/(requestBody|query|path|header)/, ''),
      keyword,
      detail: z.string().catch('').parse(Object.values(params)[0]),
    }));
  }
}

/** Forbids unknown names in a schema that lists its properties. */
function closeObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('properties' in value)) return value;
  if (typeof value.properties !== 'object' || 'additionalProperties' in value) return value;
  return { ...value, additionalProperties: false };
}
