/** SHA-256 (FIPS 180-4) of a text in UTF-8: domain code may not reach for the platform's own. */
export function sha256(text: string): Uint8Array {
  const message = padded(new TextEncoder().encode(text));
  const hash = Uint32Array.from(START);
  const view = new DataView(message.buffer);
  for (let offset = 0; offset < message.length; offset += BLOCK_BYTES) mix(hash, view, offset);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  hash.forEach((word, index) => {
    out.setUint32(index * 4, word);
  });
  return digest;
}

const BLOCK_BYTES = 64;
const ROUNDS = 64;

const PRIMES = firstPrimes(ROUNDS);
/** The first 32 bits of the fractions of the square roots of the first 8 primes. */
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
/** The same of the cube roots of the first 64 primes. */
const CONSTANTS = Uint32Array.from(PRIMES.map((prime) => fraction(Math.cbrt(prime))));

function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** The message, a one bit, zeros, and its length in bits, in whole blocks. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Math.ceil((bytes.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const message = new Uint8Array(length);
  message.set(bytes);
  message[bytes.length] = 0x80;
  new DataView(message.buffer).setBigUint64(length - 8, BigInt(bytes.length) * 8n);
  return message;
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The block's 16 words, drawn out to one for each round. */
function schedule(view: DataView, offset: number): Uint32Array {
  const words = new Uint32Array(ROUNDS);
  const word = (index: number): number => words[index] ?? 0;
  for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(offset + i * 4);
  for (let i = 16; i < ROUNDS; i += 1) {
    const early = word(i - 15);
    const late = word(i - 2);
    const s0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const s1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words[i] = word(i - 16) + s0 + word(i - 7) + s1;
  }
  return words;
}

type Eight = [number, number, number, number, number, number, number, number];

function mix(hash: Uint32Array, view: DataView, offset: number): void {
  const words = schedule(view, offset);
  let eight = Array.from(hash) as Eight;
  words.forEach((word, i) => {
    eight = round(eight, (CONSTANTS[i] ?? 0) + word);
  });
  eight.forEach((value, index) => {
    hash[index] = (hash[index] ?? 0) + value;
  });
}

function round([a, b, c, d, e, f, g, h]: Eight, input: number): Eight {
  const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
  const one = (h + s1 + ((e & f) ^ (~e & g)) + input) | 0;
  const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
  const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
  return [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
}
