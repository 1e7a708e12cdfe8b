/** One look at a message: its picture was fetched, or one of its links was followed. */
export interface Look {
  what: 'open' | 'click';
  /** Of the HTTP request. */
  method: string;
  /** Its `User-Agent`; empty where there was none. */
  agent: string;
  /** What it said it was for: `Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`, one after the other. */
  purpose: string;
  /** The visitor's IP address; null where it is not known. */
  ip: string | null;
  /** Ms since the message was handed to its provider; null where that is not known or tells nothing. */
  sinceSentMs: number | null;
  /** The number of the link; TRAP_LINK: the one that nobody sees. 0 of a picture. */
  link: number;
  /** The links of the same message that were followed before. */
  earlier: readonly { link: number; agoMs: number }[];
}

/** Why a look is taken for a machine's; in the event, so that support can tell. */
export type MachineMark =
  /** It asked for the headers only, or said itself that it fetches ahead. */
  | 'prefetch'
  /** It names itself as a program that looks at mails, pages or previews, or does not name itself. */
  | 'scanner'
  /** Apple's and others' proxies, which fetch every picture whether or not anybody looks. */
  | 'privacyProxy'
  /** The link that no person sees was followed, moments before or now. */
  | 'trap'
  /** More links within seconds than a person follows. */
  | 'burst'
  /** A link of a mail was followed before anybody can have read it. */
  | 'ahead';

/** The number of the link that is hidden from people; others are numbered from 1. */
export const TRAP_LINK = 0;

/** Whoever followed the hidden link is at work on the others, too, for so long, in ms. */
const TRAP_MS = 60_000;
/** People read what they have opened: so many different links within so many ms are a program's. */
const BURST_LINKS = 3;
const BURST_MS = 5_000;
/**
 * A mail is under way for some seconds and then waits for its reader: nobody has read it so soon after
 * it was handed to its provider, in ms. Gateways follow its links before they let it in, and the
 * picture proxies of Gmail and Yahoo, which fetch when somebody opens the mail, now and then fetch
 * as it comes in.
 */
const AHEAD_MS = 10_000;

/** Proxies that fetch pictures mostly, but not only, when a person opens the mail. */
const PICTURE_PROXIES = /GoogleImageProxy|YahooMailProxy/i;

/**
 * What programs call themselves that look at links and pictures for somebody: gateways of mail,
 * previews in chats, search engines, libraries. `bot` but not Cubot, which makes phones.
 */
const SCANNERS = new RegExp(
  [
    '(?<!cu)bot\\b',
    'crawl|spider|slurp|scanner|headless|phantomjs|puppeteer|playwright|selenium',
    'preview|prefetch|link ?check|link ?expand|url ?defen[sc]e|safe ?links|wheregoes',
    'barracuda|mimecast|proofpoint|symantec|messagelabs|trend ?micro|sophos|fortinet|fireeye',
    'forcepoint|ironport|zscaler|bitdefender|kaspersky|checkpoint|avanan|cloudmark|vade',
    'microsoft office protocol discovery|ms-?office existence|microsoft-cryptoapi',
    'facebookexternalhit|whatsapp/|skypeuri|iframely|embedly|google-safety|google-pagerenderer',
    '^(?:curl|wget|python|go-http-client|java|apache-httpclient|libwww|lwp|ruby|php|perl|node|axios|got|undici|okhttp|guzzlehttp|http_?client|rest-client|aiohttp|postmanruntime)\\b',
  ].join('|'),
  'i',
);

/** A browser says more of itself than this; Apple's proxy of mail pictures says just this. */
const BARE = /^Mozilla\/\d\.\d$/;

/** Apple's own network, 17.0.0.0/8, also as IPv6 writes it: its mail proxy fetches from there. */
const APPLE_NETWORK = /^(?:::ffff:)?17\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i;

/**
 * Why this look is taken for a machine's; null: a person's, as far as anybody can tell. A machine's
 * look is noted as what it is and counts for nothing: who is taken for a machine wrongly is only
 * counted once too few, who is taken for a person wrongly is written to for having shown interest.
 */
export function machineMark(look: Look): MachineMark | null {
  if (look.link === TRAP_LINK && look.what === 'click') return 'trap';
  if (look.method !== 'GET' || /prefetch|preview|prerender/i.test(look.purpose)) return 'prefetch';
  return look.what === 'open' ? ofOpen(look) : ofClick(look);
}

function ofOpen({ agent, ip, sinceSentMs, earlier }: Look): MachineMark | null {
  if (isTrapped(earlier)) return 'trap';
  if (BARE.test(agent.trim())) return 'privacyProxy';
  if (ip !== null && APPLE_NETWORK.test(ip)) return 'privacyProxy';
  if (PICTURE_PROXIES.test(agent)) {
    return sinceSentMs !== null && sinceSentMs < AHEAD_MS ? 'privacyProxy' : null;
  }
  return namesItself(agent);
}

function ofClick({ agent, link, earlier, sinceSentMs }: Look): MachineMark | null {
  if (BARE.test(agent.trim())) return 'scanner';
  const named = namesItself(agent);
  if (named !== null) return named;
  if (isTrapped(earlier)) return 'trap';
  const soon = earlier.filter((one) => one.link !== TRAP_LINK && one.agoMs <= BURST_MS);
  const links = new Set([link, ...soon.map((one) => one.link)]);
  if (links.size >= BURST_LINKS) return 'burst';
  return sinceSentMs !== null && sinceSentMs < AHEAD_MS ? 'ahead' : null;
}

function isTrapped(earlier: Look['earlier']): boolean {
  return earlier.some(({ link, agoMs }) => link === TRAP_LINK && agoMs <= TRAP_MS);
}

function namesItself(agent: string): MachineMark | null {
  return agent.trim() === '' || SCANNERS.test(agent) ? 'scanner' : null;
}
