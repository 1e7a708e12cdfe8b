import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { DKIM_BITS_MIN, DKIM_BITS_WANTED } from '#domain/mail/find-dkim.ts';

/**
 * Reads the private key that mails are signed with from a PEM, in which `\n` may stand for the ends
 * of lines. What is wrong with it comes as the end of a sentence that begins with a variable's name.
 */
export function readDkimKey(text: string): { ok: KeyObject } | { fault: string } {
  const pem = text.replaceAll('\\n', '\n').trim();
  if (pem.includes('ENCRYPTED')) {
    return { fault: 'is encrypted, and nobody types its passphrase at a start: give it without' };
  }
  const key = parsed(pem);
  if (key === null) {
    return { fault: 'is no private key in PEM: `npx kairos mail key` makes one' };
  }
  if (key.asymmetricKeyType !== 'rsa') {
    const type = key.asymmetricKeyType ?? 'unknown';
    return {
      fault: `is a key of type ${type}: many mail providers check RSA alone, give such a key`,
    };
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < DKIM_BITS_MIN) {
    const said = `has ${String(bits)} bits, and mail providers take none below ${String(DKIM_BITS_MIN)}`;
    return { fault: `${said}: \`npx kairos mail key\` makes one of ${String(DKIM_BITS_WANTED)}` };
  }
  return { ok: key };
}

function parsed(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    // Something else than a private key: the library's words may quote it.
    return null;
  }
}

/** The TXT record by which receivers check what this key signed. */
export function dkimRecordOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return `v=DKIM1; k=rsa; p=${der.toString('base64')}`;
}

/** Bits of an RSA key as DKIM records hold it; null: that is no such key. */
export function dkimBits(publicKey: string): number | null {
  const der = Buffer.from(publicKey, 'base64');
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      const key = createPublicKey({ key: der, format: 'der', type });
      return key.asymmetricKeyDetails?.modulusLength ?? null;
    } catch {
      // Not in this form: RFC 6376 names the one and means the other, and both are found.
    }
  }
  return null;
}

/** A new key of the length that receivers ask for, as PEM, and its TXT record. */
export function makeDkimKey(): { pem: string; record: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: DKIM_BITS_WANTED });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, record: dkimRecordOf(privateKey) };
}
