import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';

/**
 * How far ahead a token may end, in seconds: a month, so that one that was copied from somebody's
 * browser is of no use for ever.
 */
const LIFE_MAX_S = 31 * 24 * 60 * 60;
/** Longest token that is looked at; a token of three short fields is some two hundred characters. */
const TOKEN_MAX = 4_096;

const Head = z.object({ alg: z.literal('HS256') });
const Claims = z.object({ sub: z.string().min(1).max(255), exp: z.number() });

/**
 * The customer whom a token of the shop's server names: a JSON Web Token (RFC 7519) with `sub` and
 * `exp`, signed by HS256 with a server's write key, which the shop's pages do not have. `now` is
 * epoch ms. @throws DomainError `unauthenticated`
 */
export function readUserToken(writeKeys: readonly string[], token: string, now: number): string {
  const [head = '', claims = '', mark = '', ...rest] = token.split('.');
  if (token.length > TOKEN_MAX || rest.length > 0 || !Head.safeParse(part(head)).success) {
    throw refused('It is not a JSON Web Token signed by HS256.');
  }
  const given = Buffer.from(mark, 'base64url');
  const signed = `${head}.${claims}`;
  if (!writeKeys.some((key) => isEqual(given, seal(key, signed)))) {
    throw refused('It is not signed with a write key of this installation.');
  }
  const read = Claims.safeParse(part(claims));
  if (!read.success) throw refused('It needs `sub`, the customer’s id, and `exp`.');
  const { sub, exp } = read.data;
  const aheadS = exp - now / 1_000;
  if (aheadS <= 0) throw refused('It has expired.');
  if (aheadS > LIFE_MAX_S) throw refused('Its `exp` is more than 31 days ahead.');
  return sub;
}

function refused(why: string): DomainError {
  return new DomainError('unauthenticated', `The user token is not good. ${why}`);
}

function part(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function seal(key: string, signed: string): Buffer {
  return createHmac('sha256', key).update(signed).digest();
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
