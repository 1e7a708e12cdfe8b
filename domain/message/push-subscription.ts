import { z } from 'zod';

/** Push services' addresses have some 200 characters, Windows' up to 700. */
const ENDPOINT_MAX = 2_000;

/**
 * A browser's push subscription, as `PushSubscription.toJSON()` writes it: where to send, and the
 * keys with which only that browser can read.
 */
const PushSubscription = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(ENDPOINT_MAX),
  keys: z.object({
    /** A point of P-256, 65 bytes in base64url. */
    p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/),
    /** 16 bytes. */
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}={0,2}$/),
  }),
});
export type PushSubscription = z.infer<typeof PushSubscription>;

/**
 * A subscription as the one text it is kept as among a person's devices; null for anything that is
 * none. Tokens of apps never begin with a brace, so that the two are told apart by their form.
 */
export function subscriptionToken(said: unknown): string | null {
  const read = PushSubscription.safeParse(said);
  if (!read.success) return null;
  const { endpoint, keys } = read.data;
  return JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
}

export function isSubscription(token: string): boolean {
  return token.startsWith('{');
}

/** The subscription that a device's token holds; null: it is an app's token. */
export function readSubscription(token: string): PushSubscription | null {
  if (!isSubscription(token)) return null;
  try {
    return PushSubscription.safeParse(JSON.parse(token)).data ?? null;
  } catch {
    return null;
  }
}

/** What tells one device from every other: a browser may renew its keys at the same address. */
export function deviceKey(token: string): string {
  return readSubscription(token)?.endpoint ?? token;
}
