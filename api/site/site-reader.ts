import type { Request } from 'express';
import { DomainError } from '#domain/errors.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { isBrowsersOwn } from '#domain/profile/spoken-for.ts';
import type { Clock } from '#platform/clock.ts';
import { basicKey, unknownKey, type KeyKind } from '../tracking/write-keys.ts';
import { readUserToken } from './user-token.ts';

/** Header with a browser's or an app's own anonymous id. */
const ANONYMOUS_HEADER = 'x-kairos-anonymous-id';
/** Header with what the shop's server signed for a customer who is logged in. */
const USER_HEADER = 'x-kairos-user-token';

/** An id of fewer characters could be guessed; a UUID has 36. */
const ANONYMOUS_MIN = 16;
const ANONYMOUS_MAX = 255;

interface ReaderDeps {
  keyKind: (presented: unknown) => KeyKind | null;
  /** Of the shop's servers: those that sign user tokens. */
  writeKeys: readonly string[];
  findProfile: (identity: string) => Promise<Profile | null>;
  /** The shop's own id of a customer; null: a visitor. */
  ownExternalId: (profileId: string) => Promise<string | null>;
  clock: Clock;
}

export interface SiteReader {
  /** Only that the key is one of ours. @throws DomainError `unauthenticated` */
  key(req: Request): void;
  /** The browser's own id. @throws DomainError `malformed` */
  anonymousId(req: Request): string;
  /** Who reads, and until when. */
  reading(req: Request): Promise<Reading>;
}

/** Who reads, as the key, the token and the anonymous id say it. */
export interface Reading {
  /** Null: nobody Kairos knows, for whom there is nothing. */
  profile: Profile | null;
  /** When the token ends, epoch ms; null: there is none. */
  endsAt: number | null;
  /** By which they are known: of the shop's word, or their browser's. */
  who: { userId: string } | { anonymousId: string };
}

/**
 * Who may read what is shown to whom (docs/adr/023): the write key is public, so it says nothing of
 * the person. A visitor reads with the anonymous id that only their browser knows; whoever has an id
 * of the shop's, with a token that the shop's server signed. @throws DomainError `unauthenticated`,
 * `forbidden`, `malformed`
 */
export function createSiteReader(deps: ReaderDeps): SiteReader {
  const check = (req: Request): void => {
    const key = basicKey(req);
    if (key === undefined || deps.keyKind(key) === null) throw unknownKey();
  };
  const reading = async (req: Request): Promise<Reading> => {
    check(req);
    const token = req.get(USER_HEADER);
    if (token !== undefined) {
      const { userId, endsAt } = await readUserToken(deps.writeKeys, token, deps.clock());
      return { profile: await deps.findProfile(`external:${userId}`), endsAt, who: { userId } };
    }
    const anonymousId = anonymousIdOf(req);
    const profile = await deps.findProfile(`anonymous:${anonymousId}`);
    const visitor: Reading = { profile, endsAt: null, who: { anonymousId } };
    if (profile === null) return visitor;
    if (!isBrowsersOwn(profile, anonymousId)) {
      throw new DomainError(
        'forbidden',
        'The shop knows this visitor by an address, which any page could have said: let its server name this `anonymousId` together with the address, or send an `X-Kairos-User-Token`.',
      );
    }
    if ((await deps.ownExternalId(profile._id)) === null) return visitor;
    throw new DomainError(
      'forbidden',
      'This browser belongs to a customer by now: send the `X-Kairos-User-Token` that the shop’s server signed.',
    );
  };
  return { key: check, anonymousId: anonymousIdOf, reading };
}

function anonymousIdOf(req: Request): string {
  const anonymous = req.get(ANONYMOUS_HEADER) ?? '';
  if (anonymous.length >= ANONYMOUS_MIN && anonymous.length <= ANONYMOUS_MAX) return anonymous;
  throw new DomainError(
    'malformed',
    'Send `X-Kairos-Anonymous-Id`, 16 to 255 characters that nobody can guess, or `X-Kairos-User-Token`.',
  );
}
