import { DomainError } from '#domain/errors.ts';

/**
 * What keeps a source from being read, in a sentence for whoever set it up. Texts of drivers and
 * services stay out: they quote addresses, queries and rows. `cure` says whether waiting may help.
 */
export function sourceFault(detail: string, cure: 'change' | 'wait', pointer = '#'): DomainError {
  return cure === 'wait'
    ? new DomainError('unavailable', detail)
    : new DomainError('invalid', detail, { faults: [{ pointer, detail }] });
}

/** A property of an error of any make. */
export function errorField(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  return (error as Record<string, unknown>)[name];
}

/** Node's codes of connections that cannot be made or broke off. */
const AWAY: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'Nothing answers at the connection’s address: is the server up, and the port right?',
  ECONNRESET: 'The server ended the connection.',
  EPIPE: 'The server ended the connection.',
  ETIMEDOUT: 'The server did not answer in time.',
  EHOSTUNREACH: 'The host of the connection cannot be reached from here.',
  ENETUNREACH: 'The host of the connection cannot be reached from here.',
  ENOTFOUND: 'The host of the connection is not known.',
  EAI_AGAIN: 'The host of the connection could not be looked up.',
};

/** A connection that could not be made or broke off; null: it was something else. */
export function networkFault(error: unknown): DomainError | null {
  const code = errorField(error, 'code');
  const known = typeof code === 'string' ? AWAY[code] : undefined;
  if (known !== undefined) return sourceFault(known, 'wait', '#/connection');
  const cause = errorField(error, 'cause');
  if (cause !== undefined && cause !== error) return networkFault(cause);
  const [first] = (errorField(error, 'errors') as unknown[] | undefined) ?? [];
  return first === undefined ? null : networkFault(first);
}
