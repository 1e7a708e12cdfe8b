/** Of Unicode's private use: no shop's text has them, and no filter of Liquid changes them. */
const [OPEN, CLOSE] = ['\uE000', '\uE001'];
const [OPEN_URL, CLOSE_URL] = [encodeURIComponent(OPEN), encodeURIComponent(CLOSE)];

/**
 * What stands for a code while a message is rendered, by pool. Only once it is known which of them
 * a message really shows is a code taken: both ways of a condition cost nothing. `nonce` (digits)
 * is known to nobody outside, so that no customer can write one.
 */
export function placeholdersOf(
  pools: Iterable<string>,
  nonce: string,
): { scope: Record<string, string>; pools: readonly string[]; nonce: string } {
  const names = [...pools];
  const scope = Object.fromEntries(
    names.map((pool, index) => [pool, `${OPEN}${nonce}x${String(index)}${CLOSE}`]),
  );
  return { scope, pools: names, nonce };
}
type Placeholders = ReturnType<typeof placeholdersOf>;

/** The pools that these texts show a code of. */
export function poolsShown(texts: readonly string[], { pools, nonce }: Placeholders): string[] {
  const all = texts.join('\n');
  return pools.filter((_, index) => spellings(nonce, index).some((one) => all.includes(one)));
}

/**
 * A text with the codes in place; `write` makes a code fit the text (escapes it in HTML). Null where
 * a placeholder was torn apart by a filter: nobody may be sent half of one.
 */
export function fillIn(
  text: string,
  { pools, nonce }: Placeholders,
  codes: ReadonlyMap<string, string>,
  write: (code: string) => string = (code) => code,
): string | null {
  let filled = text;
  for (const [index, pool] of pools.entries()) {
    const code = codes.get(pool);
    if (code === undefined) continue;
    const [plain = '', inUrl = ''] = spellings(nonce, index);
    filled = filled.replaceAll(plain, () => write(code));
    filled = filled.replaceAll(inUrl, () => encodeURIComponent(code));
  }
  return filled.includes(`${OPEN}${nonce}`) ? null : filled;
}

function spellings(nonce: string, index: number): string[] {
  const inside = `${nonce}x${String(index)}`;
  return [`${OPEN}${inside}${CLOSE}`, `${OPEN_URL}${inside}${CLOSE_URL}`];
}
