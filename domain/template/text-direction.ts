/** Languages written from right to left, by their base tag. */
const RIGHT_TO_LEFT: readonly string[] = [
  ...['ar', 'arc', 'ckb', 'dv', 'fa', 'he', 'iw', 'khw', 'ks', 'lrc', 'mzn', 'nqo'],
  ...['pnb', 'ps', 'sd', 'syr', 'ug', 'ur', 'yi'],
];
/** Scripts written from right to left, where a tag names one: `pa-Arab`. */
const SCRIPTS: readonly string[] = ['adlm', 'arab', 'hebr', 'nkoo', 'rohg', 'syrc', 'thaa'];

/** How a language (BCP 47) is written; a script in the tag says more than the language does. */
export function directionOf(language: string): 'rtl' | 'ltr' {
  const [base = '', ...rest] = language.toLowerCase().replaceAll('_', '-').split('-');
  const script = rest.find((part) => part.length === 4 && /^[a-z]+$/.test(part));
  const isRight = script === undefined ? RIGHT_TO_LEFT.includes(base) : SCRIPTS.includes(script);
  return isRight ? 'rtl' : 'ltr';
}
