import { z } from 'zod';
import { CARRIED_CHANNELS, type Channel } from '#domain/message/message.ts';

/**
 * What a template says of the tracking of its messages: `false` for none at all, or which of it.
 * Where nothing is said, openings and clicks of mails are tracked; links of other channels are when
 * they are named, for a text message grows with a longer link.
 */
export const Tracking = z.union(
  [
    z.boolean(),
    z.strictObject({
      opens: z.boolean().optional(),
      clicks: z.boolean().optional(),
      /** The channels whose links are tracked; on the shop's pages the page itself tells of clicks. */
      channels: z.array(z.enum(CARRIED_CHANNELS)).max(CARRIED_CHANNELS.length).optional(),
    }),
  ],
  { error: 'Write false, or { opens, clicks, channels }, as in { opens: false }.' },
);
export type Tracking = z.infer<typeof Tracking>;

/** Channels whose links are tracked where nothing is said. */
const TRACKED: readonly Channel[] = ['email'];

/** What is tracked of one message. */
export interface Tracked {
  opens: boolean;
  clicks: boolean;
}

/** The word of the step goes before its template's: `false` switches everything off. */
export function trackedOf(
  said: Tracking | undefined,
  step: boolean | undefined,
  channel: Channel,
): Tracked {
  if (step === false || said === false) return { opens: false, clicks: false };
  const wanted: Exclude<Tracking, boolean> = typeof said === 'object' ? said : {};
  const { opens = true, clicks = true } = wanted;
  const channels: readonly Channel[] = wanted.channels ?? TRACKED;
  return { opens: opens && channel === 'email', clicks: clicks && channels.includes(channel) };
}

/** Where in a content a link stands. */
export type LinkPart = 'html' | 'text' | 'link' | 'button';

/** One link of a template's version, as it was found when that was published. */
export interface TemplateLink {
  /** From 1, over all languages and channels of the version. */
  number: number;
  language: string;
  channel: Channel;
  part: LinkPart;
  /** From where to where it stands in its text, in UTF-16 units; of a mail in its compiled HTML. */
  at: [start: number, end: number];
  /** Where it leads; with its Liquid where a message says it. */
  url: string;
  /** What the marketer calls it. */
  name?: string;
}

/** Whether each message says for itself where a link leads. */
export function isPersonal({ url }: Pick<TemplateLink, 'url'>): boolean {
  return /\{\{|\{%/.test(url);
}

/** Longest address that is tracked, in characters: what browsers and programs agree on. */
export const URL_MAX = 2_048;

/** An address of the web that a link of ours may lead to. */
export function isWebAddress(url: string): boolean {
  return url.length <= URL_MAX && /^https?:\/\/[^\s\p{Cc}\\]+$/iu.test(url) && URL.canParse(url);
}

/** Up to where an address has its host; what Liquid may still lengthen is none that is written out. */
const WRITTEN = /https?:\/\/[^\s/?#"'<>{}\\]+(?=[/?#"']|$)/gi;

/** The hosts that are written out in addresses, with Liquid or without: somebody has chosen them. */
export function hostsWrittenIn(urls: readonly string[]): string[] {
  const written = urls.flatMap((url) => url.match(WRITTEN) ?? []);
  const hosts = written.flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname] : []));
  return [...new Set(hosts)];
}

/**
 * The hosts to which what a customer's event says may lead: those the shop has named
 * (KAIROS_LINK_HOSTS), else those that are known to be its own. Whoever may track events, and a
 * browser's key is public, would else choose where a link of the shop's leads.
 */
export function hostsToLeadTo(
  named: readonly string[],
  known: readonly string[],
): readonly string[] {
  return named.length > 0 ? named : known;
}

/** Whether links may lead there: `shop.example` is that host alone, `*.shop.example` all below it. */
export function isHostAllowed(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hosts.some((host) =>
    host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
  );
}
