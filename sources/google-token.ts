import { JWT } from 'google-auth-library';
import type { GoogleConnection } from './connections.ts';
import { errorField, networkFault, sourceFault } from './source-fault.ts';

/** A client that signs as the service account, for Google's own libraries and for plain calls. */
export function googleClient({ serviceAccount, tokenUrl }: GoogleConnection, scope: string): JWT {
  return new JWT({
    email: serviceAccount.client_email,
    key: serviceAccount.private_key,
    scopes: [scope],
    // The library knows one address of tokens only.
    ...(tokenUrl !== undefined && {
      transporterOptions: {
        fetchImplementation: (url, init) => fetch(isTokenUrl(url) ? tokenUrl : url, init),
      },
    }),
  });
}

function isTokenUrl(url: unknown): boolean {
  return /^https:\/\/[\w.]+\.googleapis\.com\/(?:oauth2\/v4\/)?token/.test(String(url));
}

/** @throws DomainError where Google gives no token. */
export async function googleToken(connection: GoogleConnection, scope: string): Promise<string> {
  try {
    const { token } = await googleClient(connection, scope).getAccessToken();
    if (token) return token;
  } catch (error) {
    const status = errorField(error, 'status');
    const network = networkFault(error);
    if (network !== null) throw network;
    if (typeof status === 'number' && status >= 500) {
      throw sourceFault('Google gives no token just now.', 'wait', '#/connection');
    }
  }
  const detail =
    'Google gives no token for this service account: was its key deleted, or copied in part?';
  throw sourceFault(detail, 'change', '#/connection');
}
