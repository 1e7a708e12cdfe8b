/** GSM 03.38's basic alphabet: each character is one septet. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Its extension: an escape and a septet, which may not be parted. */
const EXTENDED = new Set('^{}\\[~]|€\f');

/** Units of a message that goes out whole, and of each part of a longer one (its header takes room). */
const ROOM = {
  'GSM-7': { whole: 160, part: 153 },
  'UCS-2': { whole: 70, part: 67 },
} as const;

/** An SMS as networks carry and charge it. */
export interface SmsParts {
  alphabet: keyof typeof ROOM;
  /** Septets of GSM-7, or 16-bit units of UCS-2. */
  units: number;
  /** What is paid for. */
  segments: number;
  /** The first character that GSM-7 has not, where there is one: often a dash or a quote. */
  foreign: string | null;
}

/** How a text is cut into the parts that are sent and paid for. */
export function smsParts(text: string): SmsParts {
  // By code points, as networks count: Array.from cuts between them and never within one.
  const characters = Array.from(text);
  const foreign = characters.find((one) => !BASIC.has(one) && !EXTENDED.has(one)) ?? null;
  const alphabet = foreign === null ? 'GSM-7' : 'UCS-2';
  const sizes = characters.map((one) =>
    foreign === null ? (EXTENDED.has(one) ? 2 : 1) : one.length,
  );
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { whole, part } = ROOM[alphabet];
  return { alphabet, units, segments: units <= whole ? 1 : cut(sizes, part), foreign };
}

/** No character is cut in two: it goes into the next part whole. */
function cut(sizes: readonly number[], room: number): number {
  let parts = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > room) {
      parts += 1;
      used = 0;
    }
    used += size;
  }
  return parts;
}
