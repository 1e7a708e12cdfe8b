import { isPersonal, type TemplateLink } from '#domain/template/template-links.ts';
import type { LintReport, SampleFinding } from './lint-template.ts';
import type { PreparedTemplate } from './prepare-template.ts';

/** Links of one template that are called; a template with more is looked over in part, which is said. */
const CHECKED_MAX = 50;
/** How long one link may take, in ms: whoever waits for longer has gone by then. */
const ANSWER_WITHIN_MS = 5_000;
/** Links called at once: seven rounds at the most, so that half a minute is enough for all. */
const AT_ONCE = 8;
/** Characters of an address that are quoted. */
const QUOTED_MAX = 100;

/** No page: taken away, or never there. */
const GONE = new Set([404, 410]);
/** HEAD is nothing that this server knows. */
const NO_HEAD = new Set([405, 501]);
/** No host of this name. A name that cannot be looked up just now is another matter. */
const NO_HOST = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks for an address, and does not follow where it leads on; `fault`: why nothing was answered. */
export type CallLink = (call: {
  url: string;
  method: 'HEAD' | 'GET';
  signal: AbortSignal;
}) => Promise<{ status: number | null; fault: string | null }>;

/** How far the links of a template were looked at. */
export interface LinksCalled {
  /** Links that answered, or surely lead nowhere. */
  checked: number;
  /** Nothing was heard of these in time, or they lead where nothing may be called. */
  unanswered: number;
  /** More than may be called at once. */
  left: number;
}

/**
 * Calls the links that a template writes out and finds those that surely lead nowhere. What Liquid
 * makes of data is nobody's to call: it may do something for a customer. A server that fails, asks for
 * a password or is slow proves nothing. `made`: how many messages there are, by channel and language.
 */
export async function checkLinks(
  template: Pick<PreparedTemplate, 'links'>,
  call: CallLink,
  made: LintReport['channels'],
): Promise<{ links: LinksCalled; findings: SampleFinding[] }> {
  const places = placesOf([...(template.links?.values() ?? [])]);
  const asked = [...places].slice(0, CHECKED_MAX);
  const ends = await allAnswered(
    asked.map(([url]) => url),
    call,
  );
  const links = { checked: 0, unanswered: 0, left: places.size - asked.length };
  const findings = asked.flatMap(([url, where], index): SampleFinding[] => {
    const why = whyDead(ends[index]);
    if (why === null && ends[index]?.status === null) links.unanswered += 1;
    else links.checked += 1;
    if (why === null) return [];
    const said = url.length > QUOTED_MAX ? `${url.slice(0, QUOTED_MAX)}…` : url;
    return where.map(({ channel, language }) => {
      const messages = made[channel]?.byLanguage[language] ?? 0;
      const detail = `“${said}” ${why}.`;
      return { rule: 'deadLink', detail, channel, language, messages, examples: [] };
    });
  });
  return { links, findings };
}

type Place = Pick<TemplateLink, 'channel' | 'language'>;

/** Every link that is written out, with the messages it stands in, each named once. */
function placesOf(all: readonly TemplateLink[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const link of all) {
    if (isPersonal(link)) continue;
    const { url, channel, language } = link;
    const known = places.get(url) ?? [];
    const isKnown = known.some((one) => one.channel === channel && one.language === language);
    if (!isKnown) known.push({ channel, language });
    places.set(url, known);
  }
  return places;
}

type End = Awaited<ReturnType<CallLink>>;

/** AT_ONCE of them at a time; each end at its link's place. */
async function allAnswered(urls: readonly string[], call: CallLink): Promise<End[]> {
  const ends: End[] = [];
  const queue = urls.entries();
  const work = async (): Promise<void> => {
    for (const [index, url] of queue) ends[index] = await answered(url, call);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return ends;
}

/** Asked with GET where the server does not know HEAD, within the time of one call. */
async function answered(url: string, call: CallLink): Promise<End> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const end = await call({ url, method: 'HEAD', signal });
  if (end.status === null || !NO_HEAD.has(end.status)) return end;
  return call({ url, method: 'GET', signal });
}

/** Null: it leads somewhere, or nobody knows. */
function whyDead(end: End | undefined): string | null {
  const { status = null, fault = null } = end ?? {};
  if (status !== null) return GONE.has(status) ? `leads to no page (${String(status)})` : null;
  return fault !== null && NO_HOST.has(fault) ? 'leads to a host that does not exist' : null;
}
