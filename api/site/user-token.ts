import { errors, jwtVerify } from 'jose';
import { DomainError } from '#domain/errors.ts';

/**
 * How far ahead a token may end, in seconds: a month, so that one that was copied from somebody's
 * browser is of no use for ever.
 */
const LIFE_MAX_S = 31 * 24 * 60 * 60;
/** Longest token that is looked at; a token of three short fields is some two hundred characters. */
const TOKEN_MAX = 4_096;
/** Longest id of a customer, as in tracking. */
const ID_MAX = 255;

interface UserToken {
  userId: string;
  /** Epoch ms. */
  endsAt: number;
}

/**
 * The customer whom a token of the shop's server names: a JSON Web Token (RFC 7519) with `sub` and
 * `exp`, signed by HS256 with a server's write key, which the shop's pages do not have. `now` is
 * epoch ms. @throws DomainError `unauthenticated`
 */
export async function readUserToken(
  writeKeys: readonly string[],
  token: string,
  now: number,
): Promise<UserToken> {
  if (token.length > TOKEN_MAX) throw refused('It is too long.');
  const faults: unknown[] = [];
  for (const key of writeKeys) {
    try {
      const { sub = '', exp = 0 } = await claimsOf(token, key, now);
      if (sub === '' || sub.length > ID_MAX)
        throw refused('Its `sub` is not the id of a customer.');
      if (exp - now / 1_000 > LIFE_MAX_S) throw refused('Its `exp` is more than 31 days ahead.');
      return { userId: sub, endsAt: exp * 1_000 };
    } catch (error) {
      if (error instanceof DomainError) throw error;
      faults.push(error);
    }
  }
  throw refused(wordsFor(faults));
}

async function claimsOf(
  token: string,
  key: string,
  now: number,
): Promise<{ sub?: string; exp?: number }> {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(key), {
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp'],
    currentDate: new Date(now),
  });
  return payload;
}

/** What was wrong with it by the key that signed it; by all others its signature is. */
function wordsFor(faults: readonly unknown[]): string {
  if (faults.some((fault) => fault instanceof errors.JWTExpired)) return 'It has expired.';
  if (faults.some((fault) => fault instanceof errors.JWTClaimValidationFailed)) {
    return 'It needs `sub`, the customer’s id, and `exp`.';
  }
  return 'It is not signed by HS256 with a write key of this installation.';
}

function refused(why: string): DomainError {
  return new DomainError('unauthenticated', `The user token is not good. ${why}`);
}
