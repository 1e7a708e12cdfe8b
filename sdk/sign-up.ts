import type { Keep } from './keep.ts';
import { randomId } from './who.ts';

interface Offer {
  provider: string;
  authorizationEndpoint: string;
  clientId: string;
}

interface SignUpParts {
  host: string;
  keep: Keep;
  headers: () => Record<string, string>;
  anonymousId: () => string;
}

/** Under this the page that is left keeps what the page that is come back to needs. */
const UNDER_WAY = 'sign-up';

/** Leads the visitor to a provider of OpenID Connect; they come back to this page. */
export async function beginSignUp(parts: SignUpParts, provider: string): Promise<boolean> {
  const { host, keep, headers, anonymousId } = parts;
  const answer = await fetch(`${host}/v1/site/settings`, {
    headers: headers(),
    credentials: 'omit',
  });
  const { signUp } = (await answer.json()) as { signUp: Offer[] };
  const offer = signUp.find((one) => one.provider === provider);
  if (offer === undefined) return false;
  const state = randomId();
  keep.set(UNDER_WAY, JSON.stringify({ state, provider }));
  const address = new URL(offer.authorizationEndpoint);
  const asked = {
    client_id: offer.clientId,
    redirect_uri: location.origin + location.pathname,
    // The token comes in the part of the address that no server sees.
    response_type: 'id_token',
    scope: 'openid email profile',
    nonce: await sha256(anonymousId()),
    state,
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
  return true;
}

/** What the provider sent the visitor back with, gone from the address, whoever may hear of it. */
export function takeAnswer(): URLSearchParams {
  const said = new URLSearchParams(location.hash.slice(1));
  if (said.has('id_token') || (said.has('state') && said.has('error'))) {
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return said;
}

/** What the provider sent the visitor back with is told to Kairos. */
export async function endSignUp(
  { host, keep, headers, anonymousId }: SignUpParts,
  said: URLSearchParams,
): Promise<boolean> {
  const kept = JSON.parse(keep.get(UNDER_WAY) ?? 'null') as {
    state: string;
    provider: string;
  } | null;
  const idToken = said.get('id_token');
  // Somebody else's answer, brought here by a link, is none.
  if (kept?.state === undefined || said.get('state') !== kept.state) return false;
  keep.remove(UNDER_WAY);
  if (idToken === null) return false;
  const answer = await fetch(`${host}/v1/site/sign-up`, {
    method: 'POST',
    headers: {
      ...headers(),
      'X-Kairos-Anonymous-Id': anonymousId(),
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ provider: kept.provider, idToken }),
    credentials: 'omit',
  });
  return answer.ok;
}

async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
