import { createHmac, randomBytes } from 'node:crypto';

/** 256 bits, within the 24 to 64 bytes of the specification. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A new secret as the Standard Webhooks specification writes it. */
export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The headers by which a receiver knows who speaks (https://www.standardwebhooks.com): HMAC-SHA256
 * over id, instant and body, one signature for each secret in force.
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    const mark = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${mark}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
