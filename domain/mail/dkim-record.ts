import { readTags } from './tag-list.ts';

/** What a DKIM record says of the key that signatures are checked with. */
export interface DkimRecord {
  keyType: string;
  /** Base64 as DNS holds it, without white space; empty: the key was withdrawn. */
  publicKey: string;
  /** Receivers are told to take nothing of what it says seriously. */
  isTest: boolean;
}

/** Reads the TXT record of a selector (RFC 6376 section 3.6.1). Null: it is none. */
export function readDkimRecord(text: string): DkimRecord | null {
  const tags = readTags(text);
  const publicKey = tags?.get('p');
  if (tags === null || publicKey === undefined) return null;
  if ((tags.get('v') ?? 'DKIM1') !== 'DKIM1') return null;
  const flags = (tags.get('t') ?? '').split(':').map((flag) => flag.trim());
  return {
    keyType: tags.get('k') ?? 'rsa',
    publicKey: publicKey.replaceAll(/\s+/g, ''),
    isTest: flags.includes('y'),
  };
}
