import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type KeyLike } from 'jose';

/** A provider of OpenID Connect, at which the same person has always agreed already. */
export class OpenIdProvider {
  readonly url: string;
  readonly #server: Server;
  readonly #key: KeyLike;
  /** What it says of that person. */
  claims: Record<string, unknown> = {};

  private constructor(server: Server, key: KeyLike, url: string) {
    this.#server = server;
    this.#key = key;
    this.url = url;
  }

  static async start(): Promise<OpenIdProvider> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const provider = new OpenIdProvider(server, privateKey, `http://127.0.0.1:${String(port)}`);
    server.on('request', (req, res) => {
      const { pathname, searchParams } = new URL(req.url ?? '/', provider.url);
      if (pathname === '/authorize') {
        void provider.#sendBack(searchParams).then((location) => {
          res.writeHead(302, { location }).end();
        });
        return;
      }
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(provider.#saysOfItself(pathname, jwk)));
    });
    return provider;
  }

  #saysOfItself(pathname: string, jwk: JWK): object {
    if (pathname === '/keys') return { keys: [jwk] };
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      jwks_uri: `${this.url}/keys`,
    };
  }

  async #sendBack(asked: URLSearchParams): Promise<string> {
    const read = (name: string): string => asked.get(name) ?? '';
    const token = await this.token(read('client_id'), read('nonce'));
    const said = new URLSearchParams({ id_token: token, state: read('state') });
    return `${read('redirect_uri')}#${said.toString()}`;
  }

  /** An ID token for a shop and a browser. */
  token(audience: string, nonce: string): Promise<string> {
    return new SignJWT({ ...this.claims, nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'first' })
      .setIssuer(this.url)
      .setSubject('somebody')
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(this.#key);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
