import { directionOf } from '#domain/template/text-direction.ts';

/** A mail whose styles know dark mode must say so in its head, or clients darken it their own way. */
const DARK_META =
  '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">';

/**
 * What mail programs and screen readers want to know of a mail: its language, how that is written,
 * and whether its styles know dark mode. What the marketer wrote themselves stays as it is.
 */
export function dressHtml(html: string, language: string): string {
  return withDarkMode(withLanguage(html, language));
}

function withLanguage(html: string, language: string): string {
  const direction = directionOf(language);
  // What MJML writes where nobody said a language.
  const said = html.replaceAll('lang="und" dir="auto"', `lang="${language}" dir="${direction}"`);
  const root = /<html\b[^>]*>/i.exec(said)?.[0];
  if (root === undefined) {
    return direction === 'rtl' ? `<div lang="${language}" dir="rtl">${said}</div>` : said;
  }
  const added = [
    ...(/\slang\s*=/i.test(root) ? [] : [` lang="${language}"`]),
    ...(direction === 'ltr' || /\sdir\s*=/i.test(root) ? [] : [' dir="rtl"']),
  ];
  return added.length === 0 ? said : said.replace(root, root.replace(/>$/, `${added.join('')}>`));
}

function withDarkMode(html: string): string {
  const isDark = /prefers-color-scheme\s*:\s*dark/i.test(html);
  if (!isDark || /<meta[^>]+color-scheme/i.test(html)) return html;
  return html.replace(/<head\b[^>]*>/i, (head) => head + DARK_META);
}

/** In MJML texts stand left unless said otherwise; where people read from the right, on the right. */
export function mjmlFor(source: string, language: string): string {
  if (directionOf(language) === 'ltr') return source;
  const defaults = '<mj-attributes><mj-text align="right" /></mj-attributes>';
  // First in the head, so that whatever the marketer says there comes later and wins.
  return /<mj-head\b[^>/]*>/i.test(source)
    ? source.replace(/<mj-head\b[^>/]*>/i, (head) => head + defaults)
    : source.replace(/<mjml\b[^>]*>/i, (root) => `${root}<mj-head>${defaults}</mj-head>`);
}
