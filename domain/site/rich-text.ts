/**
 * The little markup of what is shown on the shop's pages: paragraphs, lists, strong and emphasised
 * words, links. It is read into parts of which elements are made one by one, so that nothing that a
 * template or a customer's own data holds is ever taken for HTML.
 */
export type Inline =
  { text: string } | { strong: string } | { emphasis: string } | { link: string; text: string };

export type Block = { paragraph: Inline[] } | { list: Inline[][] };

/** A backslash before a sign of this markup says that it is no markup. */
const INLINE =
  /\\([\\*[\]-])|\*\*((?:\\.|[^*\n\\])+)\*\*|\*((?:\\.|[^*\n\\])+)\*|\[((?:\\.|[^\]\n\\])+)\]\(((?:\\.|[^()\s\\])+)\)/g;
const ITEM = /^- +/;

/**
 * A text that somebody else wrote, as this markup shows it word by word: a customer whose first name
 * is `[Confirm](https://…)` must not put a link on the shop's page.
 */
export function escapeRichText(text: string): string {
  return text.replace(/[\\*[\]]/g, '\\$&').replace(/^(\s*)-(?=\s)/gm, '$1\\-');
}

function unescape(text: string): string {
  return text.replace(/\\([\\*[\]-])/g, '$1');
}

/** Reads a text; its blocks are parted by empty lines. */
export function readRichText(source: string): Block[] {
  return source
    .replaceAll('\r\n', '\n')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(readBlock);
}

function readBlock(block: string): Block {
  const lines = block.split('\n').map((line) => line.trim());
  if (lines.every((line) => ITEM.test(line))) {
    return { list: lines.map((line) => readInline(line.replace(ITEM, ''))) };
  }
  return { paragraph: readInline(lines.join('\n')) };
}

function readInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  const add = (part: Inline): void => {
    const last = parts.at(-1);
    // What is no markup is one text, however many signs in it might have been some.
    if (last !== undefined && isPlain(last) && isPlain(part)) last.text += part.text;
    else parts.push(part);
  };
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) add({ text: text.slice(at, found.index) });
    add(inlineOf(found));
    at = found.index + found[0].length;
  }
  if (at < text.length) add({ text: text.slice(at) });
  return parts;
}

function isPlain(part: Inline): part is { text: string } {
  return 'text' in part && !('link' in part);
}

function inlineOf([whole, sign, strong, emphasis, words, link]: RegExpExecArray): Inline {
  if (sign !== undefined) return { text: sign };
  if (strong !== undefined) return { strong: unescape(strong) };
  if (emphasis !== undefined) return { emphasis: unescape(emphasis) };
  const to = safeLink(unescape(link ?? ''));
  const text = unescape(words ?? whole);
  return words === undefined || to === null ? { text } : { link: to, text };
}

/**
 * An address that a page may lead to, as it stands; null for one that could do anything but open a
 * page, write a mail or call: `javascript:` above all, however it is spelled.
 */
export function safeLink(address: string): string | null {
  // Browsers drop some of these before they read the scheme; none of them belongs there.
  const plain = address.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\ufeff]/g, '').trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1]?.toLowerCase();
  if (scheme !== undefined) return LINK_SCHEMES.includes(scheme) ? plain : null;
  // Of the page's own shop: a path, a query, a place on the page; never another's `//host`.
  return /^[/?#](?![/\\])/.test(plain) ? plain : null;
}

const LINK_SCHEMES = ['http', 'https', 'mailto', 'tel', 'sms'];

/** An address a picture may be fetched from; null for any other. */
export function safeImage(address: string): string | null {
  const link = safeLink(address);
  return link === null || /^(mailto|tel|sms|http):/i.test(link) || /^[?#]/.test(link) ? null : link;
}
