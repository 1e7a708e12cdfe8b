import { createHash } from 'node:crypto';
import type { Json } from '#domain/json.ts';

/** An e-mail, or a phone number with its country: what a condition may name a customer by. */
const ADDRESS = /[^\s"'<>,;:()]+@[^\s"'<>,;:()]+\.[^\s"'<>,;:()]+|\+\d[\d ()-]{6,20}\d/gu;

/** Hexadecimal figures of a hash: enough to tell whether two definitions name the same address. */
const HASH_LENGTH = 16;

/** The same value with a hash in the place of each address in its texts. */
export function withoutAddresses(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll(ADDRESS, hashOf);
  if (Array.isArray(value)) return value.map(withoutAddresses);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutAddresses(member)]),
  );
}

function hashOf(address: string): string {
  return `sha256:${createHash('sha256').update(address).digest('hex').slice(0, HASH_LENGTH)}`;
}
