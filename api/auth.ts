import { createHash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#domain/errors.ts';

/** What a key may do: one noun, reading or changing. */
export const SCOPES = [
  'journeys:read',
  'journeys:write',
  'templates:read',
  'templates:write',
  'profiles:read',
  'profiles:write',
  'segments:read',
  'segments:write',
  'imports:read',
  'imports:write',
  'exports:read',
  'exports:write',
  'webhooks:read',
  'webhooks:write',
  'products:read',
  'products:write',
  'sources:read',
  'sources:write',
  'runs:read',
  'runs:write',
  'messages:read',
  'messages:write',
  'tasks:read',
  'tasks:write',
  'campaigns:read',
  'campaigns:write',
  'settings:read',
  'settings:write',
  'audit:read',
  'sandbox',
] as const;
export type Scope = (typeof SCOPES)[number];

/** One key of the bearer API. Only its hash is kept in memory, so a dump does not give it away. */
export interface ApiKey {
  name: string;
  hash: Buffer;
  scopes: ReadonlySet<Scope>;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A key that opens one door and may nothing else. */
export function createKey(name: string, key: string): ApiKey {
  return { name, hash: hashOf(key), scopes: new Set() };
}

/** Admin keys may do everything; tracking keys are known but may do nothing here (403). */
export function createApiKeys(
  adminKeys: readonly string[],
  trackingKeys: readonly string[],
): ApiKey[] {
  return [
    ...adminKeys.map((key) => ({
      name: 'admin',
      hash: hashOf(key),
      scopes: new Set<Scope>(SCOPES),
    })),
    ...trackingKeys.map((key) => ({
      name: 'tracking',
      hash: hashOf(key),
      scopes: new Set<Scope>(),
    })),
  ];
}

/**
 * Checks `Authorization: Bearer KEY`. Hashes of equal length are compared in constant time.
 * @throws DomainError `unauthenticated` without a known key, `forbidden` when it lacks the scope,
 * or one of several.
 */
export function authorize(
  keys: readonly ApiKey[],
  header: string | undefined,
  scope: Scope | readonly Scope[],
): void {
  const presented = /^Bearer +([A-Za-z0-9_~+/.-]{1,512}=*)$/i.exec(header ?? '')?.[1];
  if (presented === undefined) {
    throw new DomainError('unauthenticated', 'Send an API key as `Authorization: Bearer KEY`.');
  }
  const hash = hashOf(presented);
  const known = keys.filter((key) => timingSafeEqual(key.hash, hash));
  if (known.length === 0) throw new DomainError('unauthenticated', 'The API key is not known.');
  const lacked = [scope].flat().find((one) => !known.some((key) => key.scopes.has(one)));
  if (lacked !== undefined) {
    throw new DomainError('forbidden', `The key lacks the scope \`${lacked}\`.`);
  }
}
