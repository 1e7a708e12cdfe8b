import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header may read metrics: `Bearer KEY` with one of the keys given, as
 * Prometheus sends it under `authorization`. Figures name no person, but they tell a competitor
 * what a shop sells and an attacker what is down, so no address reads them without a key. Hashes of
 * equal length are compared in constant time.
 */
export function createScrapeCheck(
  keys: readonly (string | undefined)[],
): (header: string | undefined) => boolean {
  const hashes = keys.flatMap((key) => (key === undefined ? [] : [hashOf(key)]));
  return (header) => {
    const presented = /^Bearer +([A-Za-z0-9_-]{1,512})$/i.exec(header ?? '')?.[1];
    if (presented === undefined) return false;
    const hash = hashOf(presented);
    return hashes.filter((known) => timingSafeEqual(known, hash)).length > 0;
  };
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
