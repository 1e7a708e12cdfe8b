import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

/** PKCS #8 of an Ed25519 key, up to its 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PURPOSE = 'kairos report';

const ALG = 'EdDSA';

/** Signs what Kairos reports, so that whoever is shown it can see that nothing was changed since. */
export interface ReportSigner {
  /**
   * A JWS (RFC 7515, compact, EdDSA) that holds the report and names its key. The same report makes
   * the same text.
   */
  sign(report: object): string;
}

/** A public key as it is published (RFC 8037); `kid` is its thumbprint (RFC 7638). */
interface ReportKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: typeof ALG;
  use: 'sig';
}

/**
 * The key follows from the secret that signs links, so that there is no other to keep. A report
 * names its key and does not hold it: one with a key of its own would prove itself, whoever made it.
 */
export function createReportSigner(secret: string): ReportSigner {
  const key = keyOf(secret);
  const head = headOf(publicKey(key));
  return {
    sign(report) {
      const said = `${head}.${encode(report)}`;
      return `${said}.${sign(null, Buffer.from(said), key).toString('base64url')}`;
    },
  };
}

/** The public keys of secrets, for whoever checks reports: those of earlier secrets count on. */
export function reportKeys(secrets: readonly string[]): ReportKey[] {
  return secrets.map((secret) => publicKey(keyOf(secret)));
}

/** The report in a JWS signed with one of these keys; null: it is another's, or was changed. */
export function readReport(keys: readonly ReportKey[], jws: string): unknown {
  const [head, body = '', mark = '', ...rest] = jws.split('.');
  const named = keys.find((key) => headOf(key) === head);
  if (named === undefined || rest.length > 0) return null;
  const { kty, crv, x } = named;
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  const said = Buffer.from(`${headOf(named)}.${body}`);
  const isTrue = verify(null, said, key, Buffer.from(mark, 'base64url'));
  return isTrue ? JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) : null;
}

function headOf({ alg, kid }: ReportKey): string {
  return encode({ alg, kid });
}

function publicKey(key: KeyObject): ReportKey {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  // The members that RFC 7638 names, in its order.
  const named = { crv: 'Ed25519', kty: 'OKP', x } as const;
  const kid = createHash('sha256').update(JSON.stringify(named)).digest('base64url');
  return { ...named, kid, alg: ALG, use: 'sig' };
}

function keyOf(secret: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32));
  return createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
