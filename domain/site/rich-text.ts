/**
 * The little markup of what is shown on the shop's pages: paragraphs, lists, strong and emphasised
 * words, links. It is read into parts of which elements are made one by one, so that nothing that a
 * template or a customer's own data holds is ever taken for HTML.
 */
export type Inline =
  { text: string } | { strong: string } | { emphasis: string } | { link: string; text: string };

export type Block = { paragraph: Inline[] } | { list: Inline[][] };

const INLINE = /\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\[([^\]\n]+)\]\(([^()\s]+)\)/g;
const ITEM = /^- +/;

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
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push(inlineOf(found));
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

function inlineOf([whole, strong, emphasis, words, link]: RegExpExecArray): Inline {
  if (strong !== undefined) return { strong };
  if (emphasis !== undefined) return { emphasis };
  const to = safeLink(link ?? '');
  return words === undefined || to === null ? { text: words ?? whole } : { link: to, text: words };
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
