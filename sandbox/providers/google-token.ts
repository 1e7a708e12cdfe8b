import { createHmac, createPublicKey, verify } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import { isSame } from '#sandbox/compare-secrets.ts';

const Claims = z.object({ iss: z.string(), aud: z.string(), scope: z.string(), exp: z.number() });
const Header = z.object({ alg: z.literal('RS256') });

/** What Google's tokens live; also the longest a signed claim may. */
const TOKEN_LIFE_S = 3600;
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';

/**
 * Google's token endpoint and the tokens it gives. A token carries its end and an HMAC, so that
 * it stays good when the sandbox is started again.
 */
export class GoogleTokens {
  private readonly account: SandboxAccounts['fcm']['serviceAccount'];

  constructor(account: SandboxAccounts['fcm']['serviceAccount']) {
    this.account = account;
  }

  private make(expires: number): string {
    const mac = createHmac('sha256', this.account.private_key).update(String(expires));
    return `ya29.${String(expires)}.${mac.digest('base64url')}`;
  }

  isGood(token: string): boolean {
    const expires = Number(token.split('.')[1]);
    return expires > Date.now() / 1000 && isSame(token, this.make(expires));
  }

  routes(): Router {
    const router = express.Router();
    router.post(
      '/token',
      express.urlencoded({ extended: false, limit: '64kb' }),
      (request: Request, response: Response) => {
        const form = z.record(z.string(), z.unknown()).catch({}).parse(request.body);
        if (form.grant_type !== GRANT) {
          response.status(400).json({
            error: 'unsupported_grant_type',
            error_description: `Invalid grant_type: ${String(form.grant_type)}`,
          });
        } else if (!this.isSigned(String(form.assertion))) {
          response
            .status(400)
            .json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
        } else {
          const expires = Math.floor(Date.now() / 1000) + TOKEN_LIFE_S;
          const access_token = this.make(expires);
          response.json({ access_token, expires_in: TOKEN_LIFE_S - 1, token_type: 'Bearer' });
        }
      },
    );
    return router;
  }

  /** True for a JWT of the service account for this scope, signed with its key, not yet over. */
  private isSigned(assertion: string): boolean {
    const [header, claims, signature] = assertion.split('.');
    if (!header || !claims || !signature) return false;
    try {
      const read = (part: string): unknown =>
        JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
      Header.parse(read(header));
      const { iss, aud, scope, exp } = Claims.parse(read(claims));
      const rightful =
        iss === this.account.client_email &&
        aud === this.account.token_uri &&
        scope.split(' ').includes(SCOPE) &&
        exp > Date.now() / 1000;
      const key = createPublicKey(this.account.private_key);
      const signed = Buffer.from(`${header}.${claims}`);
      return rightful && verify('sha256', signed, key, Buffer.from(signature, 'base64url'));
    } catch {
      // No JSON, or not these claims: not a JWT that Google would take.
      return false;
    }
  }
}
