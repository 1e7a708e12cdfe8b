import { z } from 'zod';
import type { DomainError } from '#domain/errors.ts';
import { sourceFault } from './source-fault.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What lets Kairos into somebody's database: only ever in memory. */
export type Connections = (name: string) => string;

/** The variable of a connection: `SHOP` is `KAIROS_SOURCE_SHOP`. */
export function connectionVariable(name: string): string {
  return `KAIROS_SOURCE_${name}`;
}

/**
 * Connections by their names, out of the environment: definitions, Temporal and answers hold the
 * name alone. @throws DomainError `invalid`, when asked for one that is not there.
 */
export function createConnections(env: Environment): Connections {
  return (name) => {
    const secret = env[connectionVariable(name)];
    if (secret) return secret;
    const detail = `There is no environment variable ${connectionVariable(name)}: set it for the API and the worker, and start them again.`;
    throw sourceFault(detail, 'change', '#/connection');
  };
}

const ServiceAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
});

/** A service account as Google gives it out; with `endpoint`, another server that speaks the same. */
const GoogleConnection = z.union([
  z.object({
    serviceAccount: ServiceAccount,
    endpoint: z.url().optional(),
    tokenUrl: z.url().optional(),
  }),
  ServiceAccount.transform((serviceAccount) => ({ serviceAccount })),
]);
export interface GoogleConnection {
  serviceAccount: z.infer<typeof ServiceAccount>;
  endpoint?: string | undefined;
  /** Where tokens are fetched, in place of Google's own address. */
  tokenUrl?: string | undefined;
}

/** Reads the connection of a Google service. @throws DomainError `invalid`, quoting nothing of it. */
export function googleConnection(secret: string, name: string): GoogleConnection {
  const parsed = GoogleConnection.safeParse(parseJson(secret));
  if (parsed.success) return parsed.data;
  throw wrongConnection(name, 'the JSON of a service account, as Google gives it out');
}

/** What a connection should have been. */
export function wrongConnection(name: string, wanted: string): DomainError {
  const detail = `${connectionVariable(name)} must hold ${wanted}.`;
  return sourceFault(detail, 'change', '#/connection');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
