import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

/** PKCS #8 of an Ed25519 key, up to its 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const PURPOSE = 'kairos report';

/** Signs what Kairos reports, so that whoever is shown it can see that nothing was changed since. */
export interface ReportSigner {
  /** A JWS (RFC 7515, compact, EdDSA) that holds the report and the public key. */
  sign(report: object): string;
}

/**
 * The key follows from the secret that signs links, so that there is no other to keep. A report
 * names the key it is signed with: reports of before a change of the secret stay readable.
 */
export function createReportSigner(secret: string): ReportSigner {
  const key = keyOf(secret);
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  return {
    sign(report) {
      const head = encode({ alg: 'EdDSA', jwk });
      const said = `${head}.${encode(report)}`;
      return `${said}.${sign(null, Buffer.from(said), key).toString('base64url')}`;
    },
  };
}

/** The public key of a secret, for whoever checks reports. */
export function reportKey(secret: string): JsonWebKey {
  return createPublicKey(keyOf(secret)).export({ format: 'jwk' });
}

/** The report in a JWS signed with this key; null: it is another's, or was changed. */
export function readReport(jwk: JsonWebKey, jws: string): unknown {
  const [head = '', body = '', mark = ''] = jws.split('.');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const isTrue = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(mark, 'base64url'));
  return isTrue ? JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) : null;
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
