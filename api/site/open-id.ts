import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import type { JsonObject } from '#domain/json.ts';
import type { OpenIdSetting } from '#platform/config.ts';
import { sha256Hex } from '#platform/hash.ts';

/** A provider answers within this, in ms, or nobody signs up with it now. */
const TIMEOUT_MS = 5_000;
/** What a provider says of itself changes rarely, in ms. */
const FRESH_MS = 3_600_000;

const Discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  jwks_uri: z.url(),
});

const Claims = z.object({
  email: z.string().max(254).optional(),
  // Some providers write it as text.
  email_verified: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
  given_name: z.string().max(200).optional(),
  family_name: z.string().max(200).optional(),
  /** `YYYY-MM-DD`; `0000-…` where the year is kept back. */
  birthdate: z.string().max(10).optional(),
  locale: z.string().max(35).optional(),
});

interface Known {
  at: number;
  authorizationEndpoint: string;
  keys: ReturnType<typeof createRemoteJWKSet>;
}

/** Where a page sends its visitor to sign up. */
export interface SignUpOffer {
  provider: string;
  authorizationEndpoint: string;
  clientId: string;
}

/** What a provider says of a visitor who signed up with it. */
export interface SignedUp {
  /** Names this one sign-up: a repeat is the same. */
  id: string;
  traits: JsonObject;
  locale: string | null;
}

/** What a token is made for: one browser, which alone knows its anonymous id. */
export function signUpNonce(anonymousId: string): string {
  return sha256Hex(anonymousId);
}

/** Providers of OpenID Connect with which visitors sign up (docs/sdk.md). */
export class OpenId {
  readonly #settings: ReadonlyMap<string, OpenIdSetting>;
  readonly #clock: () => number;
  readonly #known = new Map<string, Promise<Known>>();

  constructor(settings: readonly OpenIdSetting[], clock: () => number) {
    this.#settings = new Map(settings.map((setting) => [setting.name, setting]));
    this.#clock = clock;
  }

  /** Those that answer. */
  async offers(): Promise<SignUpOffer[]> {
    const asked = [...this.#settings.values()].map(async (setting): Promise<SignUpOffer> => {
      const { authorizationEndpoint } = await this.#discover(setting);
      return { provider: setting.name, authorizationEndpoint, clientId: setting.clientId };
    });
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /**
   * Reads an ID token that a provider made for this shop and this browser.
   * @throws DomainError `not-found`, `unauthenticated`, `unavailable`
   */
  async read(provider: string, idToken: string, anonymousId: string): Promise<SignedUp> {
    const setting = this.#settings.get(provider);
    if (setting === undefined) {
      throw new DomainError('not-found', 'Nobody can sign up with a provider of this name here.');
    }
    const { keys } = await this.#discover(setting);
    const { issuer, clientId: audience } = setting;
    const verified = await jwtVerify(idToken, keys, {
      ...{ issuer, audience },
      requiredClaims: ['exp', 'sub', 'nonce'],
      currentDate: new Date(this.#clock()),
    }).catch(refusedOnly);
    // A token of somebody else, or made for another browser, must not open this one's profile.
    const claims = Claims.safeParse(verified?.payload);
    if (verified?.payload.nonce !== signUpNonce(anonymousId) || !claims.success) {
      throw new DomainError(
        'unauthenticated',
        'The ID token is not one that this sign-up asked for.',
      );
    }
    return {
      id: `sign-up:${sha256Hex(idToken).slice(0, 40)}`,
      traits: traitsOf(claims.data),
      locale: claims.data.locale ?? null,
    };
  }

  #discover(setting: OpenIdSetting): Promise<Known> {
    const { name } = setting;
    const known = this.#known.get(name);
    const asking =
      known?.then((found) =>
        this.#clock() - found.at < FRESH_MS ? found : discover(setting, this.#clock()),
      ) ?? discover(setting, this.#clock());
    this.#known.set(name, asking);
    asking.catch(() => this.#known.delete(name));
    return asking;
  }
}

async function discover({ issuer }: OpenIdSetting, at: number): Promise<Known> {
  const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    const said = Discovery.parse(await answer.json());
    if (said.issuer !== issuer) throw new Error('another issuer');
    const keys = createRemoteJWKSet(new URL(said.jwks_uri), { timeoutDuration: TIMEOUT_MS });
    return { at, authorizationEndpoint: said.authorization_endpoint, keys };
  } catch {
    throw away();
  }
}

/** A token that is not good is none; a provider whose keys cannot be read says nothing of a token. */
function refusedOnly(error: unknown): null {
  if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return null;
  throw away();
}

function away(): DomainError {
  const said = 'The provider does not answer. Sign up again in a moment.';
  return new DomainError('unavailable', said, { retryAfterS: 5 });
}

/** An address that the provider has not looked into is anybody's word. */
function traitsOf(claims: z.infer<typeof Claims>): JsonObject {
  const { email, email_verified: verified, given_name, family_name, birthdate } = claims;
  const isVerified = verified === true || verified === 'true';
  const isDate = /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(birthdate ?? '');
  return {
    ...(email !== undefined && isVerified && { email }),
    ...(given_name !== undefined && { first_name: given_name }),
    ...(family_name !== undefined && { last_name: family_name }),
    ...(birthdate !== undefined && isDate && { birthday: birthdate }),
  };
}
