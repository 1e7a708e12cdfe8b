import type { RenderedSite } from '#domain/site/rendered-site.ts';
import { decodeHtml } from './decode-html.ts';
import type { RenderedContent } from './rendered-content.ts';
import { smsParts } from './sms-parts.ts';
import { linksAsRead } from './text-links.ts';

/** What the look-over finds, in stable words. */
export const LINT_RULES = [
  'missingValue',
  'aborted',
  'templateError',
  'longSms',
  'tooLong',
  'largeMail',
  'noTextPart',
  'brokenLink',
  'deadLink',
  'noUnsubscribe',
] as const;
export type LintRule = (typeof LINT_RULES)[number];

export interface LintFinding {
  rule: LintRule;
  detail: string;
}

/** One message as a person would get it. */
export interface LintedContent {
  content: RenderedContent;
  isMarketing: boolean;
  /** The link by which this person leaves, as it would stand in the message. */
  unsubscribe: string;
  /** The text of an SMS as it goes out, its links short where they are tracked; absent: as it is. */
  sent?: string;
  /** Characters that the provider called first takes; null or absent: it bounds them by bytes, or not. */
  maxLength?: number | null;
}

/** Bytes beyond which Gmail shows a mail cut off, its unsubscribe link with it; it cuts at about 102 KB. */
export const MAIL_BYTES_MAX = 100 * 1024;

/** What is wrong with one rendered message. */
export function lintContent(one: LintedContent): LintFinding[] {
  const { content } = one;
  switch (content.channel) {
    case 'email':
      return [...sizeFindings(content.html), ...textFindings(content), ...mailLinks(one, content)];
    case 'sms': {
      const text = one.sent ?? content.text;
      return [...lengthFindings(text, one), ...smsFindings(text), ...linksInText(content.text)];
    }
    case 'push':
      return linkFindings(content.link);
    case 'web-push':
      return linkFindings(content.link, content.image);
    case 'viber':
      return [
        ...lengthFindings(content.text, one),
        ...linksInText(content.text),
        ...linkFindings(content.image, content.button?.link),
      ];
    case 'in-app':
    case 'inbox':
    case 'widget':
      return siteFindings(content);
  }
}

/** Of the page's own shop an address may begin with a slash. */
function siteFindings(content: RenderedSite): LintFinding[] {
  const { image, button, second, body = '' } = content;
  const inBody = [...body.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link);
  const link = content.channel === 'inbox' ? content.link : undefined;
  const away = [link, image, button?.link, second?.link, ...inBody].filter(
    (one) => one?.startsWith('/') === false,
  );
  return linkFindings(...away);
}

/** Providers refuse what is longer: nobody gets it. Counted in UTF-16 units, as those do that say how. */
function lengthFindings(
  text: string,
  { maxLength = null }: Pick<LintedContent, 'maxLength'>,
): LintFinding[] {
  if (maxLength === null || text.length <= maxLength) return [];
  const detail = `It is longer than the ${String(maxLength)} characters that the provider takes: it is refused.`;
  return [{ rule: 'tooLong', detail }];
}

function smsFindings(text: string): LintFinding[] {
  const { segments, alphabet, foreign } = smsParts(text);
  if (segments === 1) return [];
  const why = foreign === null ? '' : ` (because of “${foreign}”)`;
  return [
    {
      rule: 'longSms',
      detail: `It is paid ${String(segments)} times: ${String(segments)} segments of ${alphabet}${why}.`,
    },
  ];
}

function sizeFindings(html: string): LintFinding[] {
  const bytes = new TextEncoder().encode(html).length;
  if (bytes <= MAIL_BYTES_MAX) return [];
  const detail = 'It is larger than 100 KB: Gmail shows it cut off.';
  return [{ rule: 'largeMail', detail }];
}

/** What is left of a text part without its addresses must have words. */
function textFindings({ text }: { text: string }): LintFinding[] {
  const words = text.replace(/\bhttps?:\/\/\S+/g, ' ');
  if (/\p{L}{2}/u.test(words)) return [];
  const detail = 'There are no words for those who read mails as plain text: give `text`.';
  return [{ rule: 'noTextPart', detail }];
}

const ADDRESS =
  /<(a|img|area|link)\b[^>]*?\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))/gi;

function mailLinks(
  { isMarketing, unsubscribe }: LintedContent,
  { html }: { html: string },
): LintFinding[] {
  const links = [...html.matchAll(ADDRESS)].map((found) =>
    decodeHtml(found[2] ?? found[3] ?? found[4] ?? ''),
  );
  const findings = links.flatMap((link) => linkFinding(link));
  const isLeft = links.includes(unsubscribe);
  if (isMarketing && !isLeft) {
    const detail = 'There is no link to unsubscribe: put {{ links.unsubscribe }} into the mail.';
    findings.push({ rule: 'noUnsubscribe', detail });
  }
  return findings;
}

function linksInText(text: string): LintFinding[] {
  return linksAsRead(text).flatMap(({ url }) => linkFinding(url));
}

/** Schemes that open something on the device of the person. */
const SCHEMES = ['http:', 'https:', 'mailto:', 'tel:', 'sms:', 'data:', 'cid:'];
/** Characters of an address that are quoted. */
const QUOTED_MAX = 100;

function linkFindings(...links: (string | undefined)[]): LintFinding[] {
  return links.flatMap((link) => (link === undefined ? [] : linkFinding(link)));
}

/** Whether an address can be opened at all, by its looks: nothing is called. */
function linkFinding(link: string): LintFinding[] {
  const said = link.length > QUOTED_MAX ? `${link.slice(0, QUOTED_MAX)}…` : link;
  const fault = linkFault(link.trim());
  return fault === null ? [] : [{ rule: 'brokenLink', detail: `“${said}” ${fault}.` }];
}

function linkFault(link: string): string | null {
  if (link === '') return 'is an empty address';
  if (link.startsWith('#')) return null;
  if (/\s/.test(link)) return 'has a space in it';
  if (link.includes('{{') || link.includes('%7B%7B')) return 'still holds Liquid';
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(link)?.[0].toLowerCase();
  if (scheme === undefined) return 'has no scheme such as https://';
  // An app's own scheme (`shop://cart`) opens the app; these do harm or nothing.
  if (['javascript:', 'vbscript:', 'file:', 'about:'].includes(scheme)) return 'opens nothing';
  if (!SCHEMES.includes(scheme) || !scheme.startsWith('http')) return null;
  return isUrl(link) ? null : 'is no valid address';
}

function isUrl(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { hostname } = new URL(link);
  return hostname !== '' && !hostname.startsWith('.') && !hostname.includes('..');
}
