import { z } from 'zod';

/** The name of a connection, as journeys and KAIROS_CONNECTIONS write it. */
export const ConnectionName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, {
    error: 'A connection is named with small letters, digits and hyphens, as in loyalty.',
  });

/** Headers that HTTP, or Kairos itself, has to say. */
const OWN_HEADERS: readonly string[] = [
  ...['host', 'connection', 'content-length', 'content-type', 'content-encoding', 'expect'],
  ...['transfer-encoding', 'upgrade', 'te', 'trailer', 'keep-alive', 'user-agent'],
  ...['idempotency-key', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
];

/** What a header that proves who calls is called, in this spelling or another. */
const SECRET = /authori[sz]ation|cookie|secret|token|api-?key|password/;

/** A header that a journey may say. */
export const HeaderName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, {
    error: 'A header is named with letters, digits and hyphens.',
  })
  .refine((name) => !OWN_HEADERS.includes(name.toLowerCase()), {
    error: 'Kairos says this header itself.',
  })
  .refine((name) => !SECRET.test(name.toLowerCase()), {
    error: 'Secrets stand in a "connection" (KAIROS_CONNECTIONS), never in a journey.',
  });

/** What proves to a receiver who calls. It is sent to one origin and to no other. */
export interface Connection {
  name: string;
  /** `https://loyalty.shop.example` */
  origin: string;
  /** Standard Webhooks secrets, each of which signs. */
  secrets: string[];
  /** Sent as they are. */
  headers: Record<string, string>;
}

/** As the specification says: 24 to 64 bytes, as base64. */
const SIGNING = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/**
 * Reads `loyalty=https://loyalty.shop.example whsec_… X-Api-Key:abc TOKEN`: what begins with whsec_
 * signs, NAME:VALUE is a header, and what is left is a bearer token. Null where it is none of these.
 */
export function readConnection(text: string): Connection | null {
  const [first = '', ...proofs] = text.trim().split(/\s+/);
  const [, name, address] = /^([a-z][a-z0-9-]{0,63})=(https?:\/\/\S+)$/.exec(first) ?? [];
  const origin = originOf(address);
  if (name === undefined || origin === null || proofs.length === 0) return null;
  const connection: Connection = { name, origin, secrets: [], headers: {} };
  return proofs.every((proof) => isAdded(connection, proof)) ? connection : null;
}

/** Null where there is more than an origin: what is below it each step says. */
function originOf(address: string | undefined): string | null {
  if (address === undefined || !URL.canParse(address)) return null;
  const { origin, href } = new URL(address);
  return href === `${origin}/` ? origin : null;
}

function isAdded({ secrets, headers }: Connection, proof: string): boolean {
  if (proof.startsWith('whsec_')) return SIGNING.test(proof) && secrets.push(proof) > 0;
  const [, header, value] = /^([A-Za-z0-9-]{1,64}):([\u0021-\u007e]+)$/.exec(proof) ?? [];
  if (header !== undefined && value !== undefined) {
    headers[header] = value;
    return true;
  }
  if (!/^[A-Za-z0-9._~+/=-]+$/.test(proof)) return false;
  headers.authorization = `Bearer ${proof}`;
  return true;
}
