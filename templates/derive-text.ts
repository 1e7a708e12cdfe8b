import { compile } from 'html-to-text';

/** Deepest nesting followed; MJML nests a dozen tables. */
const DEPTH_MAX = 200;

/**
 * Layout tables are read as text, links as `words [address]`. Nothing is upper-cased or wrapped:
 * that would change the Liquid within.
 */
const convert = compile({
  wordwrap: false,
  limits: { maxDepth: DEPTH_MAX, maxInputLength: 2_000_000 },
  selectors: [
    { selector: 'h1', options: { uppercase: false } },
    { selector: 'h2', options: { uppercase: false } },
    { selector: 'h3', options: { uppercase: false } },
    { selector: 'h4', options: { uppercase: false } },
    { selector: 'h5', options: { uppercase: false } },
    { selector: 'h6', options: { uppercase: false } },
    { selector: 'table', options: { uppercaseHeaderCells: false } },
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
  ],
});

/**
 * The text part of a mail, made from its HTML while both still hold their Liquid, so that it costs
 * nothing at the moment of sending and its values are never escaped as if they were markup.
 */
export function deriveText(html: string): string {
  return convert(html)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
