import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Binary } from 'mongodb';

/** What somebody invented is called and says: each a word that stands nowhere else. */
export const PERSON = {
  external: 'kunde-7319',
  other: 'kundin-8820',
  anonymous: 'browser-zq41',
  email: 'wilhelmina.qvist@shop.example',
  phone: '+4930901820',
  firstName: 'Wilhelmina',
  lastName: 'Qvist',
  street: 'Lindenweg',
  device: 'device-token-kx90',
  wish: 'Lieblingsfarbe-mauve',
  words: 'Einwilligung-am-Tresen',
  gift: 'Grusskarte-fuer-Oma',
  cart: 'cart-of-wq-55',
} as const;
/** What her e-mail is to a platform that names people by hashes. */
export const EMAIL_HASH = createHash('sha256').update(PERSON.email).digest('hex');
const SECRETS = [...Object.values(PERSON), EMAIL_HASH].map((secret) => secret.toLowerCase());

/** `collection.path`, names of a document's own left out where the whole of it is listed. */
export type Place = string;

/** Where in a document somebody is to be found, by paths; of lists and maps every member counts. */
export function* placesIn(value: unknown, path: Place): Generator<Place> {
  if (value instanceof Binary) yield* placesIn(textOf(value), path);
  else if (typeof value === 'string') {
    const text = value.toLowerCase();
    if (SECRETS.some((secret) => text.includes(secret))) yield path;
  } else if (Array.isArray(value)) {
    for (const member of value as unknown[]) yield* placesIn(member, path);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      yield* placesIn(name, path);
      yield* placesIn(member, `${path}.${name}`);
    }
  }
}

function textOf({ buffer }: Binary): string {
  const bytes = Buffer.from(buffer);
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isZipped ? gunzipSync(bytes) : bytes).toString('utf8');
}
