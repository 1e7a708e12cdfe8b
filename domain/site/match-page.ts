/** Longest list of paths, in characters. */
export const PAGES_MAX = 2_000;
/** Paths in one list: more than a shop has kinds of pages. */
const PATTERNS_MAX = 20;

/** The paths of a list such as `/cart /checkout/*`; null where one is none. */
export function readPages(text: string): string[] | null {
  const patterns = text.trim().split(/\s+/);
  const areGood = patterns.every((one) => /^[/*]/.test(one));
  return areGood && patterns.length <= PATTERNS_MAX ? patterns : null;
}

/**
 * Whether something that is for these pages is for the page of this path (`/checkout/2`, without
 * what follows a `?`). Without a list it is for every page.
 */
export function matchesPage(pages: string | undefined, path: string): boolean {
  if (pages === undefined) return true;
  return (readPages(pages) ?? []).some((pattern) => fits(pattern, path));
}

/** `*` stands for any characters; found from left to right, so that no pattern can take long. */
function fits(pattern: string, path: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!path.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return path === first;
  let at = first.length;
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}
