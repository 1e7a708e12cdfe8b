import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs on standard output. Only ids and codes are ever logged; as a second fence the
 * fields that could carry a person's data are cut out wherever they appear.
 */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: {
      paths: ['req.headers', 'email', 'phone', 'to', 'address', 'attributes', 'properties', 'body'],
      remove: true,
    },
  });
}

/** A code for a log line in place of an unknown error's text, which might quote personal data. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'not-an-error';
  const code = (error as { code?: unknown }).code;
  const detail = typeof code === 'string' || typeof code === 'number' ? `:${String(code)}` : '';
  return `${error.name}${detail}`;
}

/** Where in our own code an error came from: file names and lines, never its message. */
export function errorPlace(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return error.stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
